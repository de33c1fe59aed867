# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154
# For tests of the hook that CRIU runs; after criu.bash.
readonly exchange_program=$PIPEIMG_BUILD/tests/programs/packet-exchange

# CRIU tells it nothing but by the environment: it is known by its name.
install_hook() {
	ln -s "$program" "$BATS_TEST_TMPDIR/pipeimg-criu-hook"
	with_hook=(--action-script "$BATS_TEST_TMPDIR/pipeimg-criu-hook")
}

# fail_dump DIRECTORY
fail_dump() {
	fail "criu dump:" "$(grep -e Error "$1/dump.log")" "$(tail -n 20 "$1/dump.log")" "$(cat "$1/output" "$1/pipeimg-hook.log" 2>&1)"
}

# dump_with_hook DIRECTORY [OPTION...]: of the holder, which is gone then, and its children
dump_with_hook() {
	local core
	try_dump "$1" "${with_hook[@]}" "${@:2}" || fail_dump "$1"
	# It was killed. A restored one is a child of CRIU, which waits for it.
	wait_for_holder || true
	for core in "$1"/core-*.img; do
		core=${core##*-}
		wait_until has_gone "${core%.img}"
	done
}

# Children are the init's now, which takes its time to wait for them.
has_gone() {
	[[ ! -e /proc/$1 ]]
}

# is_in_packet_mode PID FD
is_in_packet_mode() {
	local flags
	flags=$(sed -n 's/^flags:\t//p' "/proc/$1/fdinfo/$2")
	((flags & 040000))
}

restore_with_hook() {
	restore "$1" "${with_hook[@]}" "${@:2}"
}

# exchange OPTION...: starts a packet-exchange, which is the holder then
exchange() {
	: >exchanged
	setsid "$exchange_program" "$@" </dev/null >>exchanged 2>&1 3>&- &
	started+=($!)
	wait_until test -s exchanged
	read -r holder <exchanged
	[[ $holder == "$!" ]] || fail "$(<exchanged)"
	lines_read=1
}

has_answered() {
	[[ $(wc -l <exchanged) -gt $lines_asked ]]
}

# ask_exchange: prints "READ BAD"
ask_exchange() {
	lines_asked=$(wc -l <exchanged)
	kill -USR1 "${answering:-$holder}"
	wait_until has_answered
	tail -n 1 exchanged
}

# start_dump DIRECTORY: of the holder, with the hook; dumper is CRIU then
start_dump() {
	mkdir -p "$1"
	"${criu[@]}" dump --tree "$holder" --images-dir "$1" --log-file dump.log -v4 \
		"${with_hook[@]}" </dev/null >"$1/output" 2>&1 3>&- &
	dumper=$!
}

kill_dumper() {
	kill -KILL "$dumper" 2>/dev/null || true
	wait "$dumper" 2>/dev/null || true
}

# until_window_opens DIRECTORY: packet mode is being taken, or was, or CRIU has ended
until_window_opens() {
	while [[ ! -e $1/pipeimg-hook.paused ]] && kill -0 "$dumper" 2>/dev/null; do :; done
}

# kill_dump DIRECTORY: while packet mode is taken from the ends, when CRIU has nothing in the tasks yet
kill_dump() {
	start_dump "$1"
	until_window_opens "$1"
	kill_dumper
	wait_until test ! -e "$1/pipeimg-hook.paused"
}

# kill_keeper DIRECTORY: a dump whose keeper is killed while packet mode is taken from the ends, or was
kill_keeper() {
	local keeper=0
	start_dump "$1"
	while [[ $keeper -eq 0 ]]; do
		keeper=$(sed -n 's/^TracerPid:\t//p' "/proc/$dumper/status")
	done
	until_window_opens "$1"
	# CRIU may have failed meanwhile, and the keeper be through.
	kill -KILL "$keeper" 2>/dev/null || true
	! wait "$dumper" || fail "it was dumped"
}

# exchange_apart OPTION: as exchange, with a child in a session of its own, which is the holder then,
# and a side that answers, which is asked
exchange_apart() {
	: >exchanged
	"$exchange_program" "$@" </dev/null >>exchanged 2>&1 3>&- &
	started+=($!)
	wait_until test -s exchanged
	read -r holder <exchanged
	answering=$!
	[[ $1 == --apart ]] || answering=$holder
}

# hold_in_pid_namespace ARGUMENT...: holder is its pid here
hold_in_pid_namespace() {
	local lines=$BATS_TEST_TMPDIR/inner
	# What unshare itself says at its end must not stand in a file that a task has open.
	# shellcheck disable=SC2016 # the inner shell expands it
	lines=$lines unshare --pid --fork --kill-child setsid sh -c 'exec "$0" "$@" >"$lines" 2>&1' \
		"$holder_program" "$@" </dev/null >/dev/null 2>&1 3>&- &
	started+=($!)
	wait_until test -s "$lines"
	read -r inner pipe read_fd write_fd child <"$lines"
	[[ $inner -eq 1 ]] || fail "$(<"$lines")"
	holder=$(pgrep -P "$!")
}
