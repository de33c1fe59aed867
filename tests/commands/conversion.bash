# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# Shared by the tests of convert. Source it after helpers.bash. SC2034: used by tests.

# Includes stream runs before packets, ending on page boundaries and elsewhere.
readonly mixed_queue=(
	p:first s:run p:after-run p:@4096 s:@4096 p:x s:@5000 p:@4095 s:ab p:@2 s:@8192 p:last s:end
)

# Like assert_fails; the work directory stays unchanged, including hidden files.
assert_fails_cleanly() {
	local before after
	before=$(listing .)
	assert_fails "$@"
	after=$(listing .)
	[[ $before == "$after" ]] || fail "the directory changed" "$before" "---" "$after"
}

# ---- every system call ---------------------------------------------------------------------------

# Calls that create, fill and name files. "?" marks those that some architectures lack.
readonly changing_calls=(
	openat write fsync linkat ?rename renameat ?renameat2 fchmod fchown unlinkat
)
# More calls, which create, fill and name directories.
readonly tree_calls=(?mkdir mkdirat ?rmdir ftruncate copy_file_range symlinkat fchownat utimensat)

# How often a fault was injected into each call.
declare -gA injections

# The number of the first such call by the program itself, if its loader makes some before.
declare -gA first_call

# Further strace options, for tests in which one fault meets another.
injected=()

need_injection() {
	need_program strace
	strace -qq -o /dev/null -e inject=getppid:error=EPERM true 2>/dev/null ||
		skip "strace cannot trace here, or does not support -e inject"
	# LeakSanitizer is itself a tracer.
	export ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0
}

need_nameless_files() {
	"$python" -c 'import os; os.open(".", os.O_TMPFILE | os.O_RDWR)' 2>/dev/null ||
		skip "O_TMPFILE is not supported here"
}

# Whether the fault was injected. The log does not show signals, but it has the calls.
was_injected() {
	case $2 in
	:error=*) grep -q INJECTED "$4" ;;
	:signal=KILL) [[ $status -eq 137 ]] ;;
	*) [[ $(grep -c "\<${1#\?}(" "$4") -ge $3 ]] ;;
	esac
}

# skip_loading IMAGE: skips the calls before the image is opened
skip_loading() {
	strace -f -qq -o "$BATS_TEST_TMPDIR/loading" -e trace=openat "$program" show "$1" >/dev/null
	first_call[openat]=$(grep -n -m 1 -F "\"$1\"" "$BATS_TEST_TMPDIR/loading" | cut -d : -f 1)
}

# at_every_call CALL FAULT CHECK ARGUMENT...: runs pipeimg with the fault at the first such call, at the second, and so
# on until a run has no further call. Before each run, reset_targets restores everything; after it, CHECK gets the call,
# and finds status, output and stderr as run sets them.
at_every_call() {
	local call=$1 fault=$2 check=$3 log=$BATS_TEST_TMPDIR/injected number
	for ((number = ${first_call[$call]:-1}; number < 200; number++)); do
		reset_targets
		status=0
		# A killed program must not end this shell, nor make it print a message among the program's errors.
		output=$({
			timeout 60 strace -f -qq -o "$log" -e trace="$call" -e signal=none "${injected[@]}" \
				-e inject="$call$fault:when=$number" "$program" "${@:4}"
			exit "$?"
		} 2>"$log.err") || status=$?
		stderr=$(<"$log.err")
		"$check" "$call" "$number"
		was_injected "$call" "$fault" "$number" "$log" || return 0
		injections[${call#\?}]=$number
	done
	fail "$call never ends"
}

# ---- one target ----------------------------------------------------------------------------------

# prepare_targets IMAGE: work/new does not exist, work/old does; wanted is the expected result of both
prepare_targets() {
	mkdir ../targets
	cd ../targets || return
	cp ../work/"$1" image
	pipeimg convert image wanted --layout indexed
	pipeimg convert image precious --layout spliced
	pipeimg verify -q wanted precious >/dev/null
	skip_loading image
}

reset_targets() {
	rm -rf work
	mkdir work
	cp precious work/old
}

# Names of temporary files.
litter() {
	find work -mindepth 1 -maxdepth 1 ! -name new ! -name old
}

# It succeeded, or it failed and changed nothing; in both cases there are no leftover files.
assert_all_or_nothing() {
	local made=work/new
	[[ -z $(litter) ]] || fail "leftover files of a fault at $1 number $2: $(litter)" "$(show_run)"
	[[ $target == new ]] || made=work/old
	if [[ $status -eq 0 ]]; then
		cmp -s wanted "$made" || fail "$made is incomplete, $1 number $2" "$(show_run)"
		return
	fi
	[[ $status -eq 3 || $status -eq 130 ]] || fail "$1 number $2" "$(show_run)"
	[[ ! -e work/new ]] || fail "there is a target despite $1 number $2" "$(show_run)"
	cmp -s precious work/old || fail "the target changed, $1 number $2" "$(show_run)"
}

# assert_whole CALL NUMBER: the target is the old or the new one; a temporary name remains only if the replacing itself
# was interrupted
assert_whole() {
	cmp -s wanted work/old || cmp -s precious work/old ||
		fail "the target is neither old nor new, $1 number $2" "$(show_run)"
	[[ ! -e work/new ]]
	[[ -n $(litter) ]] || return 0
	[[ $1 == *rename* && $(litter) == work/.old.pipeimg-* && $(litter) != *$'\n'* ]] ||
		fail "leftover files of $1 number $2: $(litter)"
}

assert_whole_without_litter() {
	[[ ! -e work/new ]] || cmp -s wanted work/new ||
		fail "the target is incomplete, $1 number $2" "$(show_run)"
	[[ -z $(litter) ]] || fail "leftover files of $1 number $2: $(litter)"
	cmp -s precious work/old || fail "the other file changed, $1 number $2"
}
