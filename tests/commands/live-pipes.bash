# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# Live pipes that are hard to ask, and processes that do not run. To be loaded after helpers.bash.
# SC2154: program and the like are set in helpers.bash; SC2034: what is set here is used by tests.

# ---- pipes that may not be read ------------------------------------------------------------------

# hold_roots_pipe PIECE...: a plain user's process that has a pipe of root as its standard input, of number
# roots_pipe, and a pipe of its own with these pieces. What pipeimg may not copy, it may not read then either.
hold_roots_pipe() {
	need_root "it makes a pipe of another user"
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

# For the teardown of tests: what they mounted.
unmount_all() {
	local mounted
	for mounted in a b hanging; do
		! grep -q " $BATS_TEST_TMPDIR/$mounted " /proc/self/mounts ||
			umount --lazy "$BATS_TEST_TMPDIR/$mounted"
	done
}

# hold_two_of_one_number: two FIFOs that have the same inode number, for they are the first files of two tmpfs.
hold_two_of_one_number() {
	need_root "to mount tmpfs"
	mkdir a b
	mount -t tmpfs none a
	mount -t tmpfs none b
	mkfifo a/q b/q
	hold --fifo a/q p:one p:two --fifo b/q s:other
	[[ $(stat -c %i a/q) == "$(stat -c %i b/q)" ]]
}

# hold_on_hanging_server: holder has a FIFO with two bytes open, and its file server answers no more
hold_on_hanging_server() {
	need_root "to mount a file system"
	[[ -c /dev/fuse ]] || skip "there is no /dev/fuse"
	"$python" "$PIPEIMG_SOURCE/tests/commands/hanging-fuse.py" hanging 60 >lines 2>&1 3>&- &
	started+=($!)
	wait_until grep -q hanging lines
	holder=$(head -n 1 lines)
	started+=("$holder")
}

# ---- processes that do not run -------------------------------------------------------------------

# trace PID: by another process, until that ends; sets tracer
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

# make_group TYPE [OPTION]: a cgroup, and thaws and removes it after the test
make_group() {
	local mounted
	need_root "it makes a cgroup"
	mounted=$(awk -v type="$1" -v option="${2-}" \
		'$3 == type && (option == "" || index("," $4 ",", "," option ",")) { print $2; exit }' \
		/proc/self/mounts)
	[[ -n $mounted ]] || skip "no $1 ${2-} is mounted here"
	group=$mounted/pipeimg-test-$$
	mkdir "$group" || skip "no cgroup can be made in $mounted"
}

# freeze PID FILE WORD ANSWER FILE: in that cgroup; the last file has the answer once it is frozen
freeze() {
	echo "$1" >"$group/cgroup.procs"
	echo "$3" >"$group/$2"
	wait_until grep -q "$4" "$group/$5"
}

remove_group() {
	[[ -n ${group-} && -d $group ]] || return 0
	[[ ! -e $group/cgroup.freeze ]] || echo 0 >"$group/cgroup.freeze"
	[[ ! -e $group/freezer.state ]] || echo THAWED >"$group/freezer.state"
	# Its processes are the test's, and end now.
	stop_started
	wait_until rmdir "$group"
}
