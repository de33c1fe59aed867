# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154
# For tests that dump and restore processes with a real CRIU; source it after helpers.bash, which has hold.
# PIPEIMG_CRIU_ROOT is the directory into which CRIU is unpacked, by default in the build directory.
: "${PIPEIMG_CRIU_ROOT:=$PIPEIMG_BUILD/tests/criu-root}"
# CRIU's setting to stop tasks without hardware breakpoints (fault-injection.h): some virtual machines accept
# breakpoints but never stop at them, so that a dump waits forever.
export CRIU_FAULT=130

readonly criu=(
	"$PIPEIMG_CRIU_ROOT/lib64/ld-linux-x86-64.so.2"
	--library-path "$PIPEIMG_CRIU_ROOT/lib/x86_64-linux-gnu" "$PIPEIMG_CRIU_ROOT/sbin/criu"
)
# In seconds. A dump that hangs must not stop all tests; on a busy machine a dump takes a minute.
readonly dump_time_limit=600
# The criu process that is the parent of the process that it restored.
restorer=

# Records what is missing, for need_criu in every test.
find_criu() {
	CRIU_MISSING=$("$PIPEIMG_SOURCE/tests/criu/unpack-criu.sh" "$PIPEIMG_CRIU_ROOT" 2>&1 3>&-) ||
		: "${CRIU_MISSING:=cannot unpack CRIU}"
	export CRIU_MISSING
}

# Once for each file that sources this.
setup_file() {
	find_criu
}

need_criu() {
	[[ -z $CRIU_MISSING ]] || skip "$CRIU_MISSING"
}

# hold_session ARGUMENT...: like hold, in a separate session, because CRIU dumps complete sessions
hold_session() {
	as_user=(setsid)
	hold "$@"
	as_user=()
}

# try_dump DIRECTORY [OPTION...]: dumps the holder, and returns CRIU's status; the log is next to the images
try_dump() {
	mkdir "$1"
	timeout --foreground "$dump_time_limit" "${criu[@]}" dump --tree "$holder" --images-dir "$1" \
		--log-file dump.log -v4 "${@:2}" </dev/null >"$1/output" 2>&1 3>&-
}

# dump DIRECTORY: dumps the holder, which ends, so that its pid is free for the restore
dump() {
	try_dump "$1" || fail "criu dump:" "$(tail -n 20 "$1/dump.log")"
	# CRIU killed it.
	forget_holder || true
}

dump_and_leave_running() {
	try_dump "$1" --leave-running "${@:2}" || fail "criu dump:" "$(tail -n 20 "$1/dump.log")"
}

# Waits for the end of the process that hold started, and forgets its id, which may be reused.
forget_holder() {
	local pid others=() result=0
	wait "$holder" 2>/dev/null || result=$?
	for pid in "${started[@]}"; do
		[[ $pid == "$holder" ]] || others+=("$pid")
	done
	started=("${others[@]}")
	return "$result"
}

# Waits until the holder exits, restored or not. CRIU does not report how a restored process ended.
wait_for_holder() {
	if [[ -n $restorer ]]; then
		wait "$restorer"
		restorer=
	else
		forget_holder
	fi
}

restore_has_ended() {
	grep -q 'Restore finished successfully' "$1/restore.log" 2>/dev/null ||
		! kill -0 "$restorer" 2>/dev/null
}

# restore DIRECTORY [OPTION...]: the process is the holder again, with the same descriptors. CRIU stays as its
# parent and reaps it, because a container's init may not.
restore() {
	rm -f -- "$1/restore.log"
	"${criu[@]}" restore --images-dir "$1" --log-file restore.log -v4 "${@:2}" </dev/null \
		>"$1/output" 2>&1 3>&- &
	restorer=$!
	wait_until restore_has_ended "$1"
	grep -q 'Restore finished successfully' "$1/restore.log" ||
		fail "criu restore:" "$(tail -n 20 "$1/restore.log")"
}

# fails_to_restore DIRECTORY [OPTION...]: expects CRIU to fail, with restore.log. Leaves no forked process, whose pid
# the next restore may need.
fails_to_restore() {
	rm -f -- "$1/restore.log"
	! timeout --foreground "$dump_time_limit" "$PIPEIMG_SOURCE/tests/criu/reap.py" "${criu[@]}" restore \
		--images-dir "$1" --log-file restore.log -v4 "${@:2}" </dev/null >"$1/output" 2>&1 3>&- ||
		fail "the restore succeeded"
}

# For teardown. CRIU, which may hang halfway, is killed after the processes that it restored.
end_restored() {
	[[ -n $restorer ]] || return 0
	pkill -KILL -P "$restorer" || true
	kill -KILL "$restorer" 2>/dev/null || true
	wait "$restorer" 2>/dev/null || true
	restorer=
}

# unread_packets_are_kept IMAGES: those of packet-exchange --unread 2. Other queues may be empty at any time.
unread_packets_are_kept() {
	pipeimg show --json "$1" | jq -e '[.queues[] | select(.packets > 0)] |
		all(.kept_by_hook) and any(.packets == 2 and .bytes == 3)' >/dev/null ||
		fail "packets missing in $1:" "$(pipeimg show "$1")"
}
