# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# What the tests of convert share. helpers.bash is loaded before. SC2034: for the tests to use.

# Stream runs before packets included, on page boundaries and beside them.
readonly mixed_queue=(
	p:first s:run p:after-run p:@4096 s:@4096 p:x s:@5000 p:@4095 s:ab p:@2 s:@8192 p:last s:end
)

# assert_fails, and the work directory stays as it is, dotfiles included
assert_fails_cleanly() {
	local before after
	before=$(listing .)
	assert_fails "$@"
	after=$(listing .)
	[[ $before == "$after" ]] || fail "the directory changed" "$before" "---" "$after"
}

# ---- every system call ---------------------------------------------------------------------------

# Those by which files are made, filled and named. With ?, where there is such a call.
readonly changing_calls=(
	openat write fsync linkat ?rename renameat ?renameat2 fchmod fchown unlinkat
)
# Those by which directories are, besides.
readonly tree_calls=(?mkdir mkdirat ?rmdir ftruncate copy_file_range symlinkat fchownat utimensat)

# How often each call was met by a fault.
declare -gA injections

# The number of the first such call that is the program's own, where its loader has some before.
declare -gA first_call

# More of strace's options, in the tests of one fault that meets another.
injected=()

need_injection() {
	need_program strace
	strace -qq -o /dev/null -e inject=getppid:error=EPERM true 2>/dev/null ||
		skip "strace cannot trace here, or has no -e inject"
	# What looks for leaks is a tracer itself.
	export ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0
}

need_nameless_files() {
	"$python" -c 'import os; os.open(".", os.O_TMPFILE | os.O_RDWR)' 2>/dev/null ||
		skip "files cannot be nameless here (O_TMPFILE)"
}

# Whether the fault came to pass. Of signals the log knows nothing, but it has the calls.
was_injected() {
	case $2 in
	:error=*) grep -q INJECTED "$4" ;;
	:signal=KILL) [[ $status -eq 137 ]] ;;
	*) [[ $(grep -c "\<${1#\?}(" "$4") -ge $3 ]] ;;
	esac
}

# skip_loading IMAGE: what comes before the image is opened
skip_loading() {
	strace -f -qq -o "$BATS_TEST_TMPDIR/loading" -e trace=openat "$program" show "$1" >/dev/null
	first_call[openat]=$(grep -n -m 1 -F "\"$1\"" "$BATS_TEST_TMPDIR/loading" | cut -d : -f 1)
}

# at_every_call CALL FAULT CHECK ARGUMENT...: runs pipeimg with the fault at the first such call, at
# the second, and so on until a run has no more. Before each, reset_targets puts everything back;
# after each, CHECK is told of the call, and finds status, output and stderr as run leaves them.
at_every_call() {
	local call=$1 fault=$2 check=$3 log=$BATS_TEST_TMPDIR/injected number
	for ((number = ${first_call[$call]:-1}; number < 200; number++)); do
		reset_targets
		status=0
		# What is killed must not take this shell along, nor have it say so among our errors.
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
	fail "there is no end of $call"
}

# ---- one target ----------------------------------------------------------------------------------

# prepare_targets IMAGE: work/new does not exist, work/old does; wanted is what either may become
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

# Names that nobody gave.
litter() {
	find work -mindepth 1 -maxdepth 1 ! -name new ! -name old
}

# It is done, or it has failed and nothing has happened; in neither case is there litter.
assert_all_or_nothing() {
	local made=work/new
	[[ -z $(litter) ]] || fail "litter of a fault at $1 number $2: $(litter)" "$(show_run)"
	[[ $target == new ]] || made=work/old
	if [[ $status -eq 0 ]]; then
		cmp -s wanted "$made" || fail "$made is not whole, $1 number $2" "$(show_run)"
		return
	fi
	[[ $status -eq 3 || $status -eq 130 ]] || fail "$1 number $2" "$(show_run)"
	[[ ! -e work/new ]] || fail "there is a target in spite of $1 number $2" "$(show_run)"
	cmp -s precious work/old || fail "the target changed, $1 number $2" "$(show_run)"
}

# assert_whole CALL NUMBER: the target is the old or the new one; a temporary name is left only where
# the replacing itself was cut off
assert_whole() {
	cmp -s wanted work/old || cmp -s precious work/old ||
		fail "the target is neither old nor new, $1 number $2" "$(show_run)"
	[[ ! -e work/new ]]
	[[ -n $(litter) ]] || return 0
	[[ $1 == *rename* && $(litter) == work/.old.pipeimg-* && $(litter) != *$'\n'* ]] ||
		fail "litter of $1 number $2: $(litter)"
}

assert_whole_without_litter() {
	[[ ! -e work/new ]] || cmp -s wanted work/new ||
		fail "the target is not whole, $1 number $2" "$(show_run)"
	[[ -z $(litter) ]] || fail "litter of $1 number $2: $(litter)"
	cmp -s precious work/old || fail "the other file changed, $1 number $2"
}
