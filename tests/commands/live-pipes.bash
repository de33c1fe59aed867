# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# Live pipes that are hard to inspect, and processes that do not run. Source it after helpers.bash. SC2154: helpers.bash
# sets program and other variables; SC2034: tests use what is set here.

# ---- pipes without permission --------------------------------------------------------------------

# hold_roots_pipe PIECE...: starts an unprivileged process whose standard input is a pipe of root, with the number
# roots_pipe, and which has a pipe of its user with these pieces. pipeimg, which may not duplicate descriptors here, may
# not open root's pipe either.
hold_roots_pipe() {
	need_root "to create a pipe of another user"
	hold s:roots
	roots_pipe=$pipe
	use_plain_user
	make_plain_directory out
	cp "$PIPEIMG_SOURCE/tests/commands/deny-getfd.py" plain/
	: >lines
	"${as_user[@]}" "$holder_program" "$@" <"/proc/$holder/fd/$read_fd" >lines 2>&1 3>&- &
	started+=($!)
	wait_until test -s lines
	read -r holder pipe read_fd write_fd child <lines
	[[ $holder == "$!" ]] || fail "$(<lines)"
}

without_getfd() {
	timeout --foreground 120 "${as_user[@]}" "$python" plain/deny-getfd.py "$program" "$@"
}

# ---- mounts --------------------------------------------------------------------------------------

# For teardown: unmounts what tests mounted.
unmount_all() {
	local mounted
	for mounted in a b hanging; do
		! grep -q " $BATS_TEST_TMPDIR/$mounted " /proc/self/mounts ||
			umount --lazy "$BATS_TEST_TMPDIR/$mounted"
	done
}

# hold_two_of_one_number: two FIFOs with the same inode number, because each is the first file of a tmpfs.
hold_two_of_one_number() {
	need_root "to mount tmpfs"
	mkdir a b
	mount -t tmpfs none a
	mount -t tmpfs none b
	mkfifo a/q b/q
	hold --fifo a/q p:one p:two --fifo b/q s:other
	[[ $(stat -c %i a/q) == "$(stat -c %i b/q)" ]]
}

# hold_on_hanging_server: the holder has a FIFO with two bytes open, whose file server no longer answers
hold_on_hanging_server() {
	need_root "to mount a file system"
	[[ -c /dev/fuse ]] || skip "/dev/fuse does not exist"
	"$python" "$PIPEIMG_SOURCE/tests/commands/hanging-fuse.py" hanging 60 >lines 2>&1 3>&- &
	started+=($!)
	wait_until grep -q hanging lines
	holder=$(head -n 1 lines)
	started+=("$holder")
}

# ---- processes that do not run -------------------------------------------------------------------

# trace PID: starts a process that traces it until it ends; sets tracer
trace() {
	detached "$python" -c '
import ctypes, sys, time
libc = ctypes.CDLL(None, use_errno=True)
pid = int(sys.argv[1])
SEIZE, INTERRUPT = 0x4206, 0x4207
for request in SEIZE, INTERRUPT:
    if libc.ptrace(request, pid, None, None) < 0:
        sys.exit("ptrace: errno %d" % ctypes.get_errno())
time.sleep(600)' "$1" <&0 2>/dev/null &
	tracer=$!
	started+=("$tracer")
	wait_until grep -q '^State:.t' "/proc/$1/status"
}

# make_group TYPE [OPTION]: creates a cgroup, for remove_group to thaw and remove
make_group() {
	local mounted
	need_root "to create a cgroup"
	mounted=$(awk -v type="$1" -v option="${2-}" \
		'$3 == type && (option == "" || index("," $4 ",", "," option ",")) { print $2; exit }' \
		/proc/self/mounts)
	[[ -n $mounted ]] || skip "no $1 ${2-} is mounted"
	group=$mounted/pipeimg-test-$$
	mkdir "$group" || skip "cannot create a cgroup in $mounted"
}

# freeze PID FILE WORD ANSWER FILE: freezes it in that cgroup; the last file contains the answer once it is frozen
freeze() {
	echo "$1" >"$group/cgroup.procs"
	echo "$3" >"$group/$2"
	wait_until grep -q "$4" "$group/$5"
}

remove_group() {
	[[ -n ${group-} && -d $group ]] || return 0
	[[ ! -e $group/cgroup.freeze ]] || echo 0 >"$group/cgroup.freeze"
	[[ ! -e $group/freezer.state ]] || echo THAWED >"$group/freezer.state"
	# Its processes belong to the test, and end now.
	stop_started
	wait_until rmdir "$group"
}
