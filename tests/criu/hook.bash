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
	ends_in_packet_mode=$(packet_ends)
}

# Nor is there an answer to wait for from one that has ended.
has_answered() {
	[[ $(wc -l <exchanged) -gt $lines_asked ]] || has_ended "${answering:-$holder}"
}

has_ended() {
	! kill -0 "$1" 2>/dev/null
}

# ask_exchange: sets packets_read and packets_bad
ask_exchange() {
	lines_asked=$(wc -l <exchanged)
	kill -USR1 "${answering:-$holder}" || fail "the exchange has ended"
	wait_until has_answered
	read -r packets_read packets_bad < <(tail -n 1 exchanged)
}

# reads_on COUNT: more packets than that were read, or there will be no more
reads_on() {
	ask_exchange || return 0
	[[ $packets_read -gt $1 ]]
}

# exchanges_on: what the exchange says of itself: that it has read more packets, and none wrongly
exchanges_on() {
	local before
	ask_exchange || return
	before=$packets_read
	wait_until reads_on "$before" || return
	[[ $packets_read -gt $before && $packets_bad -eq 0 ]] ||
		fail "packets: $before, then $packets_read; wrong: $packets_bad"
}

# ---- CRIU or the keeper is killed ----------------------------------------------------------------

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

# kill_dump DIRECTORY: a dump whose CRIU is killed while packet mode is taken from the ends, or was
kill_dump() {
	start_dump "$1"
	until_window_opens "$1"
	kill_dumper
	wait_until test ! -e "$1/pipeimg-hook.paused"
}

# kill_keeper DIRECTORY: the same, but its keeper is killed
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

exchange_tasks() {
	printf '%s\n' "$holder"
	pgrep -P "$holder" || true
}

# Prints "/proc/PID/fdinfo/FD:flags" for each descriptor of the exchange that is in packet mode.
packet_ends() {
	local task
	for task in $(exchange_tasks); do
		grep -H '^flags:.*[4-7]....$' /proc/"$task"/fdinfo/* | sed 's/:flags.*//' || true
	done
}

# state_of PID: prints the letter that ps has for it
state_of() {
	sed -n 's/^State:\t\(.\).*/\1/p' "/proc/$1/status" 2>/dev/null || true
}

nothing_is_stopped() {
	local task
	for task in $(exchange_tasks); do
		[[ $(state_of "$task") != [tT] ]] || return 1
	done
}

# Of tasks that have ended, nothing is asked.
no_end_lost_packet_mode() {
	local lost end pid
	lost=$(comm -23 <(sort <<<"$ends_in_packet_mode") <(packet_ends | sort))
	for end in $lost; do
		pid=${end#/proc/}
		[[ ! -e /proc/${pid%%/*} || $(state_of "${pid%%/*}") == Z ]] ||
			fail "not in packet mode any more:" "$lost"
	done
}

# find_end_of TASK: sets end_signal to the number of the signal that ended it, 0 if it has not ended
find_end_of() {
	local fields status=0
	end_signal=0
	if [[ $1 == "$holder" ]] && has_ended "$1"; then
		wait "$1" || status=$?
		[[ $status -gt 128 ]] || fail "the exchange ended with status $status:" "$(<exchanged)"
		end_signal=$((status - 128))
	elif [[ $(state_of "$1") == Z ]]; then
		# The exit status, as wait(2) has it, is the last field, 50th from the state on.
		read -ra fields < <(sed 's/.*) //' "/proc/$1/stat")
		end_signal=$((fields[49] & 127))
	fi
}

# CRIU that is killed while its parasite code runs in a task, without the hook too, leaves the task in the
# middle of that code, where one in ten dies of SIGTRAP or SIGPIPE. Sets parasite_victims to those.
find_parasite_victims() {
	local task
	parasite_victims=()
	for task in $(exchange_tasks); do
		find_end_of "$task" || return
		case $end_signal in
		0) ;;
		"$(kill -l TRAP)" | "$(kill -l PIPE)") parasite_victims+=("$task") ;;
		*) fail "process $task was ended by SIG$(kill -l "$end_signal")" || return ;;
		esac
	done
}

# rounds_of COUNT COMMAND OPTION...: runs COMMAND DIRECTORY, which kills CRIU or the keeper, until in COUNT
# rounds all tasks of an exchange with these options survived CRIU. In every round nothing stays stopped and no
# end loses packet mode, and what lives merges no packet.
rounds_of() {
	local good=0 round problem
	exchange "${@:3}"
	for ((round = 1; good < $1; round++)); do
		[[ $round -le $((10 * $1)) ]] || fail "CRIU's parasite ended tasks in all but $good of $round rounds"
		"$2" "images$round"
		wait_until nothing_is_stopped
		no_end_lost_packet_mode
		problem=
		exchanges_on 2>failure || problem="the exchange does not go on: $(<failure)"
		find_parasite_victims
		if [[ ${#parasite_victims[@]} -gt 0 ]]; then
			printf '# round %d: CRIU ended %s\n' "$round" "${parasite_victims[*]}" >&3
			stop_started
			exchange "${@:3}"
		elif [[ -n $problem ]]; then
			fail "$problem"
		else
			good=$((good + 1))
		fi
	done
}

# ---- other trees ---------------------------------------------------------------------------------

# exchange_apart OPTION...: as exchange, with a child in a session of its own, which is the holder then,
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
