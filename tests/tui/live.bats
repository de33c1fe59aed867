#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# bats file_tags=race
# What pipeimg browse --live shows of live pipes, and its views of holders and findings.
# shellcheck disable=SC2154 # hold sets variables
load ../commands/helpers.bash
load terminal.bash
load live.bash

# ---- what is shown -------------------------------------------------------------------------------

@test "a full pipe on which a writer waits is stuck, and it is said for whom it waits" {
	start_pipeline
	open_live
	types "filter yes[$writer]"
	wait_for_regex "$pipe STUCK +stream .*100% .*yes\[$writer\] waits for sleep\[$reader\]"
	wait_for_screen "$BATS_TEST_TMPDIR/stuck"
}

@test "a reader that is stopped is said to be, with the signal, as list does" {
	start_pipeline
	kill -TSTP "$reader"
	wait_until grep -q '^State:.T' "/proc/$reader/status"
	open_live
	types "filter yes[$writer]"
	wait_for_regex "yes\[$writer\] waits for sleep\[$reader\], which is stopped by SIGTSTP"
}

@test "of a pipe that was stuck before the first look, it is not said for how long" {
	start_pipeline
	open_live
	select_pipe "$pipe"
	wait_for_regex "for [0-9]+ s or longer: yes\[$writer\] waits for sleep\[$reader\]"
}

@test "of a pipe that was seen to fill up, it is said for how long it is stuck" {
	open_live
	wait_for_regex '[0-9]+ pipes, [0-9]+ processes'
	start_pipeline
	types "filter yes[$writer]"
	wait_for_screen ' 1/1 '
	wait_for_regex "for [0-9]+ s: yes\[$writer\] waits for sleep\[$reader\]"
	# What comes while nobody looks may have been there for as long.
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

@test "a pipe that is full, and on which nobody waits, says so" {
	hold --capacity 4096 s:@4096
	open_live
	types "filter [$holder]"
	wait_for_regex "$pipe full +stream "
}

@test "write ends in packet mode are told from others" {
	hold p:packet --new s:stream
	open_live
	types "filter [$holder]"
	wait_for_regex "$pipe unread +packet .* 6 .*:${write_fd}W "
	use_pipe 1
	wait_for_regex "$pipe unread +stream .* 6 .*:${write_fd}w "
}

@test "where there is nothing but ASCII and no colour, words say it" {
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

@test "whoever may not look at other users' processes is told how many are hidden" {
	need_root "looks as another user at a process of root"
	use_plain_user
	open_live
	wait_for_regex '[0-9]+ processes, [0-9]+ of them hidden from this user'
}

# ---- every second --------------------------------------------------------------------------------

@test "a pipe that comes is shown without a key" {
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
	# It stands before all that are not stuck.
	hold --name mover --capacity 4096 --write s:@4096
	types "filter r:mover|steady"
	wait_for_screen "mover[$holder]" "STUCK"
	wait_for_screen " pipe $steady: steady["
	wait_for_screen ' 2/2 '
	kill "$holder"
	wait_for_screen ' 1/1 ' " pipe $steady: steady["
}

# A browser beside the one on the screen: its own terminal is the pane's upper half.
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
	# That it would have been looked for meanwhile, and more than once, another browser shows.
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

@test "R among the packets of a pipe that is gone says so, and keeps the snapshot" {
	hold p:one
	open_live
	select_pipe "$pipe"
	press Enter
	wait_for_screen 'snapshot of' ' 1/1 '
	kill "$holder"
	wait "$holder" || true
	press R
	wait_for_screen "pipe $pipe" 'is gone: its processes ended or closed it' ' 1/1 ' one
}

@test "a pipe that is newer than the look shown is found by its id" {
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

@test "looking on and on consumes nothing" {
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

@test "--pipe opens the snapshot at once" {
	hold p:one p:two
	open_browser 100 24 --live --pipe "$pipe"
	wait_for_screen packets "pipe $pipe" one two
	press q
	wait_for_screen "pipe $pipe: "
	press q
	wait_for_end 0
}

@test "a pipe that is gone says so" {
	hold p:one
	open_live
	select_pipe "$pipe"
	press p
	wait_for_screen paused
	kill "$holder"
	wait "$holder" || true
	press Enter
	wait_for_screen "pipe $pipe" 'is gone: its processes ended or closed it'
}

@test "before a reader is added to a pipe that has none, it is asked" {
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

@test "a question about one pipe is not answered for another that is clicked meanwhile" {
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
	# Drawn after the click, which nothing else shows.
	hold --name pair p:third
	wait_for_screen '/3 '
	press y
	wait_for_screen snapshot asked
}

@test "a snapshot is verified, and shows who holds its ends" {
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

@test "holders of live pipes are listed by descriptor, with who waits" {
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

@test "holders of an image are those that CRIU found" {
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

@test "findings are told with where they are, and with all that there is to say" {
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

@test "a finding about a pipe of which the dump has no queue leads nowhere, which is told" {
	copy_fixture criu-4.2/sizes dump
	open_browser 100 30 dump
	wait_for_screen queues
	press V
	wait_for_regex 'warning +PI302 +28175'
	press G o
	wait_for_screen 'the image has no queue for pipe 28175'
}

@test "an image without a fault has no findings" {
	hold s:x
	pipeimg capture --pipe "$pipe" -o image
	open_browser 80 24 image
	wait_for_screen queues
	press V
	wait_for_screen 'no findings' 'checked 1 queue, 1 record, 1 byte, 1 checksum'
}

@test "before all was looked at it is not said that nothing was found, nor when that was stopped" {
	hold s:x
	pipeimg capture --pipe "$pipe" -o image
	open_browser 80 24 image
	wait_for_screen queues
	# Who opens it now waits for somebody to write.
	mv image whole
	mkfifo image
	press V
	wait_for_screen 'still verifying' 'no findings yet'
	press Escape
	wait_for_screen 'not everything was checked' 'no findings in what was checked'
	rm image
	mv whole image
	press R
	wait_for_screen 'no findings' 'checked 1 queue'
}

@test "what came by standard input is not verified, and it is said why" {
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

@test "no size is too small, and a larger one shows all again" {
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
