# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154
# Shared by the tests of the commands. SC2154: bats' run sets output, stderr and status.
bats_require_minimum_version 1.5.0

: "${PIPEIMG_SOURCE:=$(cd -- "$BATS_TEST_DIRNAME/../.." && pwd)}"
: "${PIPEIMG_BUILD:=$PIPEIMG_SOURCE/build}"
readonly fixtures=$PIPEIMG_SOURCE/testdata
readonly holder_program=$PIPEIMG_BUILD/tests/programs/pipe-holder
readonly read_log=$PIPEIMG_BUILD/tests/programs/read-log
readonly images_py=$PIPEIMG_SOURCE/tests/commands/images.py
# shellcheck disable=SC2034 # used by tests
readonly damage_py=$PIPEIMG_SOURCE/tests/commands/damage.py

# The tests use only the standard library and crit's, which belongs to Debian's python3.
python=/usr/bin/python3
[[ -x $python ]] || python=python3

# The file that libtool leaves in the build directory is a script; test the program itself.
if [[ -x $PIPEIMG_BUILD/.libs/pipeimg && -d $PIPEIMG_BUILD/libimg/.libs ]]; then
	program=$PIPEIMG_BUILD/.libs/pipeimg
	export LD_LIBRARY_PATH=$PIPEIMG_BUILD/libimg/.libs${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
else
	program=$PIPEIMG_BUILD/pipeimg
fi

elf_program=$program
# A script starts a program of another machine, wherever a test names it.
if [[ -n ${PIPEIMG_EMULATOR:-} ]]; then
	program=$BATS_RUN_TMPDIR/pipeimg
	printf '#!/bin/sh\nexec %s %q "$@"\n' "$PIPEIMG_EMULATOR" "$elf_program" >"$program.$BASHPID"
	chmod +x "$program.$BASHPID"
	mv -f -- "$program.$BASHPID" "$program"
fi

# Settings that a user's environment could change.
unset NO_COLOR COLUMNS
export LC_ALL=C.UTF-8

# A prefix that runs a program as another user; see use_plain_user.
as_user=()
started=()

setup() {
	cd -- "$BATS_TEST_TMPDIR" || return
}

teardown() {
	stop_started
}

# ---- programs ------------------------------------------------------------------------------------

# Without a time limit, a command that waits forever would stop all tests instead of failing one.
pipeimg() {
	timeout --foreground 120 "${as_user[@]}" "$program" "$@"
}

# Ends the processes that the test started, by their ids.
stop_started() {
	local pid
	for pid in "${started[@]}"; do
		# A process that a test stopped must continue before it can end. No other process gets SIGCONT: it would
		# cancel the SIGSTOP with which LeakSanitizer stops an exiting process, and both would wait forever.
		! grep -qs '^State:.T' "/proc/$pid/status" || kill -CONT "$pid" 2>/dev/null || true
		kill -TERM "$pid" 2>/dev/null || true
	done
	for pid in "${started[@]}"; do
		wait "$pid" 2>/dev/null || true
	done
	started=()
}

# wait_until COMMAND...: waits until it succeeds, for at most two minutes, since the machine may be busy
wait_until() {
	local deadline=$((SECONDS + 120))
	until "$@"; do
		[[ $SECONDS -lt $deadline ]] || fail "timed out waiting for: $*" || return
		sleep 0.05
	done
}

# detached COMMAND... &: without bats' descriptors, some of which are pipes
detached() {
	local descriptor
	for descriptor in /proc/self/fd/*; do
		[[ ${descriptor##*/} -le 2 ]] || eval "exec ${descriptor##*/}>&-"
	done
	exec "$@"
}

# hold ARGUMENT...: starts a pipe-holder, and sets holder (its pid), pipe, read_fd, write_fd and
# child for its first pipe; holder_lines has all of them.
hold() {
	local lines
	[[ -x $holder_program ]] || fail "$holder_program is missing; make check builds it"
	lines=$(mktemp "$BATS_TEST_TMPDIR/holder.XXXXXX")
	"${as_user[@]}" "$holder_program" "$@" </dev/null >"$lines" 2>&1 3>&- &
	started+=($!)
	wait_until test -s "$lines"
	mapfile -t holder_lines <"$lines"
	read -r holder pipe read_fd write_fd child <<<"${holder_lines[0]}"
	[[ $holder == "$!" ]] || fail "${holder_lines[@]}"
}

# use_pipe N: the same variables for the N-th pipe of the last holder, from 0
# shellcheck disable=SC2034
use_pipe() {
	read -r holder pipe read_fd write_fd child <<<"${holder_lines[$1]}"
}

# Prints the reads of a holder's queue by its reader, which consumes the data.
# reads_of PID FD [OPTION...]
reads_of() {
	"$read_log" "${@:3}" <"/proc/$1/fd/$2"
}

# Restores to a command that has the write end too, so that "no writer" and "nothing left" differ.
# restored_reads IMAGE [OPTION...]
restored_reads() {
	pipeimg restore "$1" --fds 0,9 -- "$read_log" "${@:2}"
}

# ---- signals -------------------------------------------------------------------------------------

# True if the process runs our program and has set its signal handlers.
handles_signals() {
	local caught
	[[ -e /proc/$1/status && $(readlink "/proc/$1/exe") -ef $program ]] || return 1
	caught=0x$(sed -n 's/^SigCgt:\t//p' "/proc/$1/status")
	((caught & 0x4000))
}

# True if it also waits in the kernel.
waits_in_kernel() {
	handles_signals "$1" && [[ $(sed 's/.*) //' "/proc/$1/stat") == S* ]]
}

# interrupted_by SIGNAL ARGUMENT...: starts the program, waits until it blocks, and sends the signal, which must kill
# it; sets status and stderr as run does. Background jobs ignore SIGINT by default.
interrupted_by() {
	local deadline
	status=0
	env --default-signal=INT,TERM,HUP "$program" "${@:2}" <"${input:-/dev/null}" \
		2>"$BATS_TEST_TMPDIR/err" 3>&- &
	started+=($!)
	wait_until waits_in_kernel "$!"
	# It may have blocked briefly for another reason.
	sleep 0.2
	wait_until waits_in_kernel "$!"
	kill -s "$1" "$!"
	deadline=$((SECONDS + 30))
	while [[ -e /proc/$! && $(sed 's/.*) //' "/proc/$!/stat" 2>/dev/null) != Z* ]]; do
		[[ $SECONDS -lt $deadline ]] || fail "still running 30 seconds after SIG$1: $*"
		sleep 0.05
	done
	wait "$!" || status=$?
	output=
	stderr=$(<"$BATS_TEST_TMPDIR/err")
	assert_status $((128 + $(kill -l "$1")))
}

# A pipe with a writer that writes nothing, so that its reader blocks.
open_silent_fifo() {
	mkfifo "$BATS_TEST_TMPDIR/silent"
	sleep 600 </dev/null >/dev/null 2>&1 3>&- 9<>"$BATS_TEST_TMPDIR/silent" &
	started+=($!)
}

# ---- what tests need -----------------------------------------------------------------------------

need_program() {
	command -v "$1" >/dev/null || skip "$1 is not installed"
}

need_root() {
	[[ $EUID -eq 0 ]] || skip "needs root: $1"
}

# Root has more permissions than other users, so for root the programs run as nobody; other users are unprivileged
# already. Sets as_user, and sets program to one that this user can access.
use_plain_user() {
	local directory=$BATS_TEST_TMPDIR/plain
	[[ $EUID -eq 0 ]] || return 0
	need_program setpriv
	as_user=(setpriv --reuid=65534 --regid=65534 --clear-groups)
	# bats creates them only for its user.
	chmod a+x "$BATS_RUN_TMPDIR" "$BATS_RUN_TMPDIR/test" "$BATS_TEST_TMPDIR"
	mkdir "$directory"
	cp --preserve=links "$program" "${program%/*}/pipeimg-browse" "$holder_program" "$read_log" "$directory"
	if [[ $program == */.libs/* ]]; then
		cp --preserve=links "$PIPEIMG_BUILD"/libimg/.libs/libpipeimg.so* "$directory"
		LD_LIBRARY_PATH=$directory:$LD_LIBRARY_PATH
	fi
	chmod -R a+rX "$directory"
	"${as_user[@]}" test -r "$directory/pipeimg" ||
		skip "other users cannot reach $BATS_RUN_TMPDIR"
	program=$directory/pipeimg
}

# Creates a directory in which the unprivileged user can write.
make_plain_directory() {
	mkdir "$1"
	[[ $EUID -ne 0 ]] || chown 65534:65534 "$1"
}

# The byte order of the program's machine, from byte 5 of the ELF file.
own_order() {
	case $(od -An -tu1 -j5 -N1 -- "$elf_program" | tr -d ' ') in
	1) printf 'little-endian\n' ;;
	2) printf 'big-endian\n' ;;
	esac
}

# in_own_order IMAGE: converts it to the byte order of the program's machine
in_own_order() {
	[[ $(order_of "$1") != "$(own_order)" ]] || return 0
	in_other_order "$1" "$1.turned"
	mv -f -- "$1.turned" "$1"
}

# crit reads and writes images in the byte order of this machine, which can differ from the program's.
need_crit_of_own_order() {
	need_program crit
	[[ $("$python" -c 'import sys; print(sys.byteorder)')-endian == "$(own_order)" ]] ||
		skip "crit here does not read $(own_order) images"
}

# With Yama's restriction, an unprivileged user may not trace its processes.
need_tracing() {
	local scope=/proc/sys/kernel/yama/ptrace_scope
	[[ $EUID -eq 0 || ! -e $scope || $(<"$scope") -eq 0 ]] ||
		skip "kernel.yama.ptrace_scope forbids tracing"
}

# Files in the source directory may be read-only.
copy_fixture() {
	cp -r --no-preserve=mode,ownership "$fixtures/$1" "$2"
}

# ---- container exports ---------------------------------------------------------------------------

# The line that describes the container of make_export.
# shellcheck disable=SC2034 # used by tests
readonly container_line="container web  runc  created 2026-01-02T03:04:05Z  checkpointed 2026-02-03T04:05:06Z"

# make_export DIRECTORY: with the files that engines write next to CRIU's
make_export() {
	mkdir -p "$1/checkpoint"
	cp -- "$fixtures/criu-4.2/sizes/"*.img "$1/checkpoint"
	printf '{"id": "3f2a", "name": "web", "runtime": "runc", "createdTime": "2026-01-02T03:04:05Z",
		"checkpointedTime": "2026-02-03T04:05:06.431988462Z"}' >"$1/config.dump"
	printf '{}' >"$1/spec.dump"
	: >"$1/status"
}

# ---- images ---------------------------------------------------------------------------------------

# synthetic ARGUMENT...: writes images byte by byte; for the arguments see synthetic.py
synthetic() {
	"$python" "$PIPEIMG_SOURCE/tests/commands/synthetic.py" "$@"
}

# hostile ARGUMENT...: writes images that are large, or claim to be; see hostile.py
hostile() {
	"$python" "$PIPEIMG_SOURCE/tests/commands/hostile.py" "$@"
}

# Prints the byte order of an image, little-endian or big-endian.
order_of() {
	"$python" "$PIPEIMG_SOURCE/tests/commands/byte-order.py" name "$1"
}

# in_other_order IN OUT: writes an image, or the images of a directory, in the opposite byte order
in_other_order() {
	"$python" "$PIPEIMG_SOURCE/tests/commands/byte-order.py" other "$1" "$2"
}

# ---- assertions ----------------------------------------------------------------------------------

fail() {
	printf '%s\n' "$@" >&2
	return 1
}

show_run() {
	printf 'status %s\n' "$status"
	printf -- '--- output\n%s\n--- errors\n%s\n' "$output" "${stderr-}"
}

assert_status() {
	[[ $status -eq $1 ]] || fail "expected status $1" "$(show_run)"
}

assert_output() {
	[[ $output == "$1" ]] || fail "expected: $1" "$(show_run)"
}

assert_output_has() {
	[[ $output == *"$1"* ]] || fail "not in the output: $1" "$(show_run)"
}

assert_output_lacks() {
	[[ $output != *"$1"* ]] || fail "in the output: $1" "$(show_run)"
}

assert_error_has() {
	[[ $stderr == *"$1"* ]] || fail "not in the errors: $1" "$(show_run)"
}

assert_no_error() {
	[[ -z $stderr ]] || fail "expected no errors" "$(show_run)"
}

# Every line on standard error comes from pipeimg, and not from a shell or a sanitizer.
assert_errors_are_ours() {
	[[ -z $(grep -v -e '^pipeimg: ' <<<"$stderr" || true) ]] || fail "foreign errors" "$(show_run)"
}

# assert_fails STATUS MESSAGE COMMAND...: exits with that status and prints one line that contains the message
assert_fails() {
	local wanted=$1 message=$2
	run --separate-stderr "${@:3}"
	assert_status "$wanted"
	[[ $stderr == "pipeimg: "*"$message"* ]] || fail "expected the message: $message" "$(show_run)"
	[[ $stderr != *$'\n'* || $wanted -eq 2 ]] || fail "more than one line" "$(show_run)"
}

assert_same_file() {
	cmp -- "$1" "$2" || fail "$1 and $2 differ"
}

assert_same_text() {
	diff -u --label "$1" --label "$2" "$1" "$2" || fail "$1 and $2 differ"
}

# Lists everything below a directory with checksums, to compare before and after.
listing() {
	(cd -- "$1" && find . -mindepth 1 -printf '%P %y %m %s %l\n' | sort &&
		find . -type f -readable -exec sha256sum -- {} + | sort)
}
