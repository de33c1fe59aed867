#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# bats file_tags=race
# What pipeimg browse --live shows, and the views of holders and findings.
# shellcheck disable=SC2154 # hold sets variables
load ../commands/helpers.bash
load terminal.bash
load live.bash

# ---- what is shown -------------------------------------------------------------------------------

@test "a full pipe on which a writer waits is STUCK, and shows whom it waits for" {
	start_pipeline
	open_live
	types "filter yes[$writer]"
	wait_for_regex "$pipe STUCK +stream .*100% .*yes\[$writer\] waits for sleep\[$reader\]"
	wait_for_screen "$BATS_TEST_TMPDIR/stuck"
}

@test "a stopped reader is shown with its signal, as in list" {
	start_pipeline
	kill -TSTP "$reader"
	wait_until grep -q '^State:.T' "/proc/$reader/status"
	open_live
	types "filter yes[$writer]"
	wait_for_regex "yes\[$writer\] waits for sleep\[$reader\], which is stopped by SIGTSTP"
}

@test "for a pipe that was stuck before the first look, the time is a minimum" {
	start_pipeline
	open_live
	select_pipe "$pipe"
	wait_for_regex "for [0-9]+ s or longer: yes\[$writer\] waits for sleep\[$reader\]"
}

@test "for a pipe that was seen to fill up, the time is exact" {
	open_live
	wait_for_regex '[0-9]+ pipes, [0-9]+ processes'
	start_pipeline
	types "filter yes[$writer]"
	wait_for_screen ' 1/1 '
	wait_for_regex "for [0-9]+ s: yes\[$writer\] waits for sleep\[$reader\]"
	# A pipe that appears during a pause may have been stuck before.
	types clear
	press p
	wait_for_screen paused
	rm "$BATS_TEST_TMPDIR/stuck"
	start_pipeline
	press p
	types "filter yes[$writer]"
	wait_for_regex "for [0-9]+ s or longer: yes\[$writer\] waits for sleep\[$reader\]"
}

@test "an empty pipe on which a reader waits is not stuck" {
	hold --fork --read
	open_live
	types "filter [$holder]"
	wait_for_regex "$pipe waits .*pipe-holder\[$holder\] waits for pipe-holder\[$child\]"
}

@test "a process that waits for itself is shown" {
	hold --name self --capacity 4096 --write s:@4096
	open_live
	types "filter self[$holder]"
	wait_for_regex "$pipe STUCK .*4096 +4K self\[$holder\] waits for itself"
}

@test "a full pipe on which nobody waits is shown as full" {
	hold --capacity 4096 s:@4096
	open_live
	types "filter [$holder]"
	wait_for_regex "$pipe full +stream "
}

@test "write ends in packet mode are distinguished from others" {
	hold p:packet --new s:stream
	open_live
	types "filter [$holder]"
	wait_for_regex "$pipe unread +packet .* 6 .*:${write_fd}W "
	use_pipe 1
	wait_for_regex "$pipe unread +stream .* 6 .*:${write_fd}w "
}

@test "with only ASCII and no colour, words show the state" {
	hold --name self --capacity 4096 --write s:@4096
	# shellcheck disable=SC2034 # used by open_terminal
	terminal_type=vt100 terminal_locale=C
	open_live 80 24
	types "filter self[$holder]"
	wait_for_regex "$pipe STUCK +stream #+ 100% +4096 +4K self\[$holder\] waits for its"
	[[ $(screen) != *[^[:print:][:space:]]* ]]
	[[ $(styled_screen) != *$'\e['[34][0-7]m* ]]
}

@test "bytes in a process's name never reach the terminal" {
	hold --name $'e\e[31mvil' s:x
	open_live
	types "filter [$holder]"
	wait_for_screen 'e\x1b[31mvil['
	[[ $(styled_screen) != *$'\e[31mvil'* ]]
}

@test "the number of processes hidden from the user is shown" {
	need_root "inspects a process of root as another user"
	use_plain_user
	open_live
	wait_for_regex '[0-9]+ processes, [0-9]+ of them hidden from this user'
}

# ---- every second --------------------------------------------------------------------------------

@test "a new pipe is shown without a key" {
	open_live
	types "filter newcomer["
	wait_for_screen 'nothing matches the filter'
	hold --name newcomer s:x
	wait_for_regex "$pipe unread .*newcomer\[$holder\]"
}

@test "the selection stays on its pipe while others come and go" {
	hold --name steady s:one
	local steady=$pipe
	open_live
	types "filter mover["
	types clear
	select_pipe "$steady"
	# It is listed before pipes that are not stuck.
	hold --name mover --capacity 4096 --write s:@4096
	types "filter r:mover|steady"
	wait_for_screen "mover[$holder]" "STUCK"
	wait_for_screen " pipe $steady: steady["
	wait_for_screen ' 2/2 '
	kill "$holder"
	wait_for_screen ' 1/1 ' " pipe $steady: steady["
}

# A second browser, in the upper half of the pane.
open_second() {
	terminal_tmux split-window -d -b "$(printf '%q ' "${as_user[@]}" "$program")browse --live"
}

second_screen() {
	terminal_tmux capture-pane -p -t :.0
}

second_has() {
	[[ $(second_screen) == *"$1"* ]]
}

@test "paused, nothing changes until R" {
	local looks
	open_live 120 40
	types "filter late["
	wait_for_screen 'nothing matches the filter'
	press p
	wait_for_screen paused
	hold --name late s:x
	# The second browser proves that there was time for more than one look.
	open_second
	until_screen second_has STATE
	terminal_tmux send-keys -t :.0 -l ':filter r:late'
	terminal_tmux send-keys -t :.0 Enter
	until_screen second_has "late[$holder]"
	for looks in 1 2; do
		hold --name "later$looks" s:x
		until_screen second_has "later${looks}["
	done
	types 'save-screen saved'
	wait_until test -s saved
	run ! grep -q 'late\[[0-9]' saved
	press R
	wait_for_screen 'late['
	press p
	wait_for_screen resumed
}

@test "pipes are sorted by columns" {
	hold --name order s:@100 --new s:@5000 --new s:@7
	open_live
	types "filter order["
	types 'sort unread'
	wait_for_regex ' 5000 .* 100 .* 7 .*'
	press S
	wait_for_regex ' 7 .* 100 .* 5000 '
}

# ---- snapshots -----------------------------------------------------------------------------------

@test "Enter opens a snapshot, and the pipe keeps every byte and boundary" {
	hold p:one p:two s:three
	open_live
	select_pipe "$pipe"
	press Enter
	wait_for_screen packets snapshot "pipe $pipe"
	wait_for_regex '1 packet +3 .*one'
	wait_for_regex '3 stream +5 .*three'
	press R q q
	wait_for_end 0
	[[ $(reads_of "$holder" "$read_fd") == $'3 6f6e65\n3 74776f\n5 7468726565\nempty' ]]
}

@test "R takes a new snapshot of the same pipe, with the selection where it was" {
	hold p:one p:two p:three
	open_live
	select_pipe "$pipe"
	press Enter
	wait_for_screen 'snapshot of' "pipe $pipe" ' 1/3 '
	press j j
	wait_for_screen ' 3/3 '
	dd if="/proc/$holder/fd/$read_fd" bs=4096 count=1 status=none >/dev/null
	press R
	wait_for_screen 'a new snapshot was taken' ' 2/2 '
	wait_for_regex '1 packet +3 .*two'
	wait_for_regex '2 packet +5 .*three'
}

@test "R among the packets of a pipe that is gone reports that, and keeps the snapshot" {
	hold p:one
	open_live
	select_pipe "$pipe"
	press Enter
	wait_for_screen 'snapshot of' ' 1/1 '
	kill "$holder"
	wait "$holder" || true
	press R
	wait_for_screen "pipe $pipe" 'no longer exists: its processes ended or closed it' ' 1/1 ' one
}

@test "a pipe that is newer than the look shown is found by its ID" {
	hold p:one
	open_live
	select_pipe "$pipe"
	press p
	wait_for_screen paused
	hold p:two
	select_pipe "$pipe"
	types 4294967290
	wait_for_screen 'there is no pipe 4294967290 here'
}

@test "repeated looks consume nothing" {
	hold --close-read p:one p:two s:three
	open_live
	select_pipe "$pipe"
	types 'filter nothing-has-this-name'
	wait_for_screen 'nothing matches the filter'
	press R R R Escape
	wait_for_screen " pipe $pipe: "
	press q
	wait_for_end 0
	[[ $(pipeimg list --json --pid "$holder" | jq -c '.pipes[0] | [.bytes, .full]') == '[11,false]' ]]
}

@test "--pipe opens the snapshot immediately" {
	hold p:one p:two
	open_browser 100 24 --live --pipe "$pipe"
	wait_for_screen packets "pipe $pipe" one two
	press q
	wait_for_screen "pipe $pipe: "
	press q
	wait_for_end 0
}

@test "opening a pipe that is gone reports that" {
	hold p:one
	open_live
	select_pipe "$pipe"
	press p
	wait_for_screen paused
	kill "$holder"
	wait "$holder" || true
	press Enter
	wait_for_screen "pipe $pipe" 'no longer exists: its processes ended or closed it'
}

@test "the user is asked before a reader is added to a pipe that has none" {
	hold --close-read p:one p:two
	open_live
	select_pipe "$pipe"
	press Enter
	wait_for_screen '[y/n]'
	press n
	wait_until_gone '[y/n]'
	screen_lacks snapshot
	press Enter
	wait_for_screen '[y/n]'
	press y
	wait_for_screen snapshot one two
}

@test "the answer to a question about a pipe does not apply to another one that is clicked in the meantime" {
	# shellcheck disable=SC2034 # used by open_terminal
	terminal_type=xterm-256color
	hold --name pair --close-read p:asked --new p:clicked
	open_live
	types "filter pair["
	wait_for_screen ' 1/2 '
	use_pipe 0
	select_pipe "$pipe"
	use_pipe 1
	press Enter
	wait_for_screen '[y/n]'
	mouse 0 10 "$(screen | grep -n "^ *$pipe " | cut -d: -f1)"
	# The new pipe is drawn after the click has been handled.
	hold --name pair p:third
	wait_for_screen '/3 '
	press y
	wait_for_screen snapshot asked
}

@test "a snapshot can be verified, and shows the holders of its ends" {
	hold p:one p:two
	open_live
	select_pipe "$pipe"
	press Enter
	wait_for_screen snapshot
	press V
	wait_for_screen findings 'checked 1 queue, 2 records, 6 bytes'
	press q H
	wait_for_regex "pipe-holder +$holder +$write_fd packets +$pipe pipe +6/65536"
}

# ---- holders and findings ------------------------------------------------------------------------

@test "holders of live pipes are listed by descriptor, and waiting ones are marked" {
	hold --name self --capacity 4096 --write s:@4096
	open_live
	select_pipe "$pipe"
	press H
	wait_for_screen 'holders'
	types "filter self[$holder]"
	wait_for_regex "self +$holder +$read_fd reads +$pipe pipe +4096/4096 full"
	wait_for_regex "self +$holder +$write_fd writes, waits +$pipe "
	press Enter
	wait_for_screen snapshot "pipe $pipe"
}

@test "the holders of an image are those that CRIU found" {
	copy_fixture criu-4.2/pipeline dump
	open_browser 100 24 dump
	wait_for_screen queues
	press H
	wait_for_regex 'holders .*1/'
	wait_for_regex ' (reads|writes) +[0-9]+ pipe '
	press Enter
	wait_for_screen packets
	press q q q
	wait_for_end 0
}

@test "findings are listed with their place, and opened with the explanation" {
	hold p:one p:two p:three
	pipeimg capture --pipe "$pipe" -o image
	printf '\x55' | dd of=image bs=1 seek="$(($(stat -c %s image) - 2))" conv=notrunc status=none
	open_browser 100 30 image
	wait_for_screen queues
	press V
	wait_for_regex "error +PI[0-9]+ +$pipe +[0-9]+ +0x"
	press g Enter
	wait_for_screen finding 'error PI' "pipe $pipe"
	press o
	wait_for_screen packets "pipe $pipe" one two
	press q q q q
	wait_for_end 0
}

@test "o on a finding about a pipe without a queue in the dump reports that" {
	copy_fixture criu-4.2/sizes dump
	open_browser 100 30 dump
	wait_for_screen queues
	press V
	wait_for_regex 'warning +PI302 +28175'
	press G o
	wait_for_screen 'the image has no queue for pipe 28175'
}

@test "a correct image has no findings" {
	hold s:x
	pipeimg capture --pipe "$pipe" -o image
	open_browser 80 24 image
	wait_for_screen queues
	press V
	wait_for_screen 'no findings' 'checked 1 queue, 1 record, 1 byte, 1 checksum'
}

@test "no findings are claimed only when everything was checked, not before, and not after a stop" {
	hold s:x
	pipeimg capture --pipe "$pipe" -o image
	open_browser 80 24 image
	wait_for_screen queues
	# Reading it now blocks: it is a pipe whose writer writes nothing.
	mv image whole
	exec {silent}< <(exec sleep 600 3>&-)
	started+=("$!")
	ln -s "/proc/$!/fd/1" image
	press V
	wait_for_screen 'still verifying' 'no findings yet'
	press Escape
	wait_for_screen 'not everything was checked' 'no findings in what was checked'
	rm image
	mv whole image
	press R
	wait_for_screen 'no findings' 'checked 1 queue'
}

@test "an image from standard input is not verified, and the reason is shown" {
	hold p:one
	pipeimg capture --pipe "$pipe" -o image
	open_terminal 120 24 bash -c "cat image | $program browse -"
	wait_for_screen queues
	press V
	wait_for_screen 'standard input cannot be read again'
	press q
	wait_for_end 0
}

# ---- the terminal --------------------------------------------------------------------------------

@test "no size is too small, and a larger one shows everything again" {
	local size
	hold p:one
	open_live 100 24
	select_pipe "$pipe"
	for size in '80 24' '20 5' '10 3' '3 2' '2 1' '1 1' '200 60'; do
		# shellcheck disable=SC2086 # two numbers
		resize_and_draw $size
		press Down Up
	done
	wait_for_screen 'live pipes' " pipe $pipe: "
	press q
	wait_for_end 0
}
