# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154
# For tests of the hook that CRIU runs; source it after criu.bash.
readonly exchange_program=$PIPEIMG_BUILD/tests/programs/packet-exchange

compile_plugin() {
	"$PIPEIMG_SOURCE/tests/criu/compile-plugin.sh" "$@"
}

# add_neighbour DIRECTORY NAME: a plugin that is in the way of ours. CRIU loads plugins in the order of the directory,
# which is not that of names.
add_neighbour() {
	local compiler
	read -ra compiler <<<"$PIPEIMG_CC"
	"${compiler[@]}" -O1 -Wall -D_GNU_SOURCE -shared -fPIC -o "$1/$2_plugin.so" \
		"$PIPEIMG_SOURCE/tests/programs/criu-neighbour.c"
}

# PIPEIMG_CRIU_NEIGHBOURS=yes runs all tests beside such plugins.
add_neighbours() {
	[[ ${PIPEIMG_CRIU_NEIGHBOURS-} = yes ]] || return 0
	add_neighbour "$1" aaa
	add_neighbour "$1" zzz
}

# CRIU passes no arguments, only its environment, so the program recognises the hook by its name.
install_plugin() {
	ln -s "$program" "$BATS_TEST_TMPDIR/pipeimg-criu-hook"
	compile_plugin "$BATS_TEST_TMPDIR/pipeimg-criu-hook" "$BATS_TEST_TMPDIR/off" "$BATS_TEST_TMPDIR/plugins"
	add_neighbours "$BATS_TEST_TMPDIR/plugins"
	with_hook=(--libdir "$BATS_TEST_TMPDIR/plugins")
	# Without the plugin.
	with_script=(--action-script "$BATS_TEST_TMPDIR/pipeimg-criu-hook")
}

# fail_dump DIRECTORY
fail_dump() {
	fail "criu dump:" "$(grep -e Error "$1/dump.log")" "$(tail -n 20 "$1/dump.log")" "$(cat "$1/output" "$1/pipeimg-hook.log" 2>&1)"
}

# dump_with_hook DIRECTORY [OPTION...]: dumps the holder and its children, which end
dump_with_hook() {
	local core
	try_dump "$1" "${with_hook[@]}" "${@:2}" || fail_dump "$1"
	# CRIU killed it. A restored holder is a child of CRIU, which waits for it.
	wait_for_holder || true
	for core in "$1"/core-*.img; do
		core=${core##*-}
		wait_until has_gone "${core%.img}"
	done
}

# Children now belong to init, which may reap them later.
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

# exchange OPTION...: starts a packet-exchange as the holder
exchange() {
	: >exchanged
	setsid "$exchange_program" "$@" </dev/null >>exchanged 2>&1 3>&- &
	started+=($!)
	wait_until test -s exchanged
	read -r holder <exchanged
	[[ $holder == "$!" ]] || fail "$(<exchanged)"
	ends_in_packet_mode=$(packet_ends)
}

# A process that has ended will not answer either.
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

# reads_on COUNT: more packets than that were read, or the exchange has ended
reads_on() {
	ask_exchange || return 0
	[[ $packets_read -gt $1 ]]
}

# exchanges_on: the exchange reports that it has read more packets, and all correctly
exchanges_on() {
	local before
	ask_exchange || return
	before=$packets_read
	wait_until reads_on "$before" || return
	[[ $packets_read -gt $before && $packets_bad -eq 0 ]] ||
		fail "packets: $before, then $packets_read; wrong: $packets_bad"
}

# ---- CRIU is killed ------------------------------------------------------------------------------

# start_dump DIRECTORY [OPTION...]: starts a dump of the holder with the hook; sets dumper to CRIU's pid
start_dump() {
	mkdir -p "$1"
	"${criu[@]}" dump --tree "$holder" --images-dir "$1" --log-file dump.log -v4 \
		"${with_hook[@]}" "${@:2}" </dev/null >"$1/output" 2>&1 3>&- &
	dumper=$!
}

kill_dumper() {
	kill -KILL "$dumper" 2>/dev/null || true
	wait "$dumper" 2>/dev/null || true
}

# kill_dump DIRECTORY: starts a dump, and kills CRIU at a random moment. If the images look complete, the hook's are, too.
kill_dump() {
	start_dump "$1" --leave-running
	sleep "0.$(printf '%03d' $((RANDOM % 400)))"
	kill_dumper
	wait_until test ! -e "/proc/$dumper"
	[[ ! -s $1/inventory.img || -e $1/pipeimg-hook.failed ]] || pipeimg verify "$1" >/dev/null
}

# end_tasks_of DIRECTORY: ends what a killed restore has left of the tasks, whose pids the next restore needs. Each is a
# fork of criu or already the task.
end_tasks_of() {
	local core pid program
	for core in "$1"/core-*.img; do
		pid=${core##*-}
		pid=${pid%.img}
		program=$(readlink "/proc/$pid/exe") || continue
		[[ $program != "${criu[0]}" && $program != "$PIPEIMG_CRIU_ROOT"/* && $program != "$exchange_program" ]] ||
			kill -KILL "$pid" 2>/dev/null || true
	done
	for core in "$1"/core-*.img; do
		core=${core##*-}
		wait_until has_gone "${core%.img}"
	done
}

# kill_restore DIRECTORY: starts a restore of the exchange, and kills CRIU at a random moment
kill_restore() {
	# Orphans must be reaped, whatever the container's init does.
	"$PIPEIMG_SOURCE/tests/criu/reap.py" "${criu[@]}" restore --images-dir "$1" --log-file restore.log -v4 \
		"${with_hook[@]}" </dev/null >"$1/output" 2>&1 3>&- &
	local reaper=$! restoring
	wait_until find_restoring "$reaper" "$1"
	sleep "0.$(printf '%03d' $((RANDOM % 150)))"
	kill -KILL "$restoring" 2>/dev/null || true
	sleep 0.02
	end_tasks_of "$1"
	wait "$reaper" 2>/dev/null || true
}

# find_restoring REAPER DIRECTORY: sets restoring to CRIU's pid. What starts the script may have other children, and while
# a process executes a program, it has no command line.
find_restoring() {
	restoring=$(pgrep -P "$1" -f -- "restore --images-dir $2 ")
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

# state_of PID: prints the state letter of the process
state_of() {
	sed -n 's/^State:\t\(.\).*/\1/p' "/proc/$1/status" 2>/dev/null || true
}

nothing_is_stopped() {
	local task
	for task in $(exchange_tasks); do
		[[ $(state_of "$task") != [tT] ]] || return 1
	done
}

# Ignores tasks that have ended or are ending: others close no descriptor.
no_end_lost_packet_mode() {
	local lost end
	lost=$(comm -23 <(sort <<<"$ends_in_packet_mode") <(packet_ends | sort))
	for end in $lost; do
		[[ ! -e $end ]] || fail "no longer in packet mode:" "$lost"
	done
}

# find_end_of TASK: sets end_signal to the signal that killed the task, 0 if it has not ended
find_end_of() {
	local fields status=0
	end_signal=0
	if [[ $1 == "$holder" ]] && has_ended "$1"; then
		wait "$1" || status=$?
		[[ $status -gt 128 ]] || fail "the exchange ended with status $status:" "$(<exchanged)"
		end_signal=$((status - 128))
	elif [[ $(state_of "$1") == Z ]]; then
		# The exit status in the form of wait(2) is the last field, the 50th from the state on.
		read -ra fields < <(sed 's/.*) //' "/proc/$1/stat")
		end_signal=$((fields[49] & 127))
	fi
}

# If CRIU is killed while its parasite code runs in a task, with or without the hook, the task stays in the middle of
# that code, and one in ten dies from SIGTRAP or SIGPIPE. Sets parasite_victims to those.
find_parasite_victims() {
	local task
	parasite_victims=()
	for task in $(exchange_tasks); do
		find_end_of "$task" || return
		case $end_signal in
		0) ;;
		"$(kill -l TRAP)" | "$(kill -l PIPE)") parasite_victims+=("$task") ;;
		*) fail "process $task was killed by SIG$(kill -l "$end_signal")" || return ;;
		esac
	done
}

# rounds_of COUNT COMMAND OPTION...: runs COMMAND DIRECTORY, which kills CRIU, until all tasks of an
# exchange with these options have survived in COUNT rounds. In every round no task stays stopped, no end loses
# packet mode, and the surviving tasks merge no packet.
rounds_of() {
	local good=0 round problem
	exchange "${@:3}"
	for ((round = 1; good < $1; round++)); do
		[[ $round -le $((10 * $1)) ]] || fail "CRIU's parasite code killed tasks in all except $good of $round rounds"
		"$2" "images$round"
		wait_until nothing_is_stopped
		no_end_lost_packet_mode
		problem=
		exchanges_on 2>failure || problem="the exchange does not continue: $(<failure)"
		find_parasite_victims
		if [[ ${#parasite_victims[@]} -gt 0 ]]; then
			printf '# round %d: CRIU killed %s\n' "$round" "${parasite_victims[*]}" >&3
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

# exchange_apart OPTION...: like exchange, with a child in a separate session as the holder; the side that prints
# receives the questions
exchange_apart() {
	: >exchanged
	"$exchange_program" "$@" </dev/null >>exchanged 2>&1 3>&- &
	started+=($!)
	wait_until test -s exchanged
	read -r holder <exchanged
	answering=$!
	[[ $1 == --apart ]] || answering=$holder
}

# hold_in_pid_namespace ARGUMENT...: sets holder to the outer pid
hold_in_pid_namespace() {
	local lines=$BATS_TEST_TMPDIR/inner
	# The last message of unshare must not go to a file that a task has open.
	# shellcheck disable=SC2016 # the inner shell expands it
	lines=$lines unshare --pid --fork --kill-child setsid sh -c 'exec "$0" "$@" >"$lines" 2>&1' \
		"$holder_program" "$@" </dev/null >/dev/null 2>&1 3>&- &
	started+=($!)
	wait_until test -s "$lines"
	read -r inner pipe read_fd write_fd child <"$lines"
	[[ $inner -eq 1 ]] || fail "$(<"$lines")"
	holder=$(pgrep -P "$!")
}
