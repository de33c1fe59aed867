#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# The views of pipeimg browse in two sizes, and how they share the screen.
load ../commands/helpers.bash
load terminal.bash
load screens.bash

# ---- every view ------------------------------------------------------------------------------------

@test "queues, 80x24" {
	browse_sample 80 24
	assert_screen queues-80x24
}

@test "queues, 200x60" {
	browse_sample 200 60
	assert_screen queues-200x60
}

@test "queues of a dump show the holders of their ends" {
	copy_fixture criu-4.2/pipeline dump
	open_browser 80 24 dump
	assert_screen holders-of-queues-80x24
}

@test "queues of FIFOs and sockets" {
	copy_fixture criu-4.2/fifo-and-dgram dump
	open_browser 80 24 dump
	assert_screen fifo-and-dgram-80x24
}

@test "the row above a container checkpoint's queues names the container" {
	local shown
	run --separate-stderr pipeimg show "$fixtures/podman/checkpoint.tar.zst"
	shown=${lines[0]}
	[[ $shown == 'container c1  Podman, runc  created '*'  image '* ]]
	open_browser 100 24 "$fixtures/podman/checkpoint.tar.zst"
	assert_row 2 " $shown"
}

@test "the time of a checkpoint is shown, as in show" {
	make_export export
	open_browser 120 24 export
	assert_row 2 " $container_line"
}

@test "pipes with only write ends in the dump are listed, as in show" {
	copy_fixture criu-4.2/sizes dump
	[[ $(pipeimg show dump) == *'pipe 28175  not in the dump  python3[14977]:13w'* ]]
	open_browser 80 24 dump
	wait_for_screen 28175
	types 28175
	assert_screen unsaved-80x24
	press Enter
	assert_row last 'pipe 28175 is not in the dump: CRIU saves nothing if it finds only write ends'
	press H
	wait_for_regex 'python3 +14977 +13 writes +28175 pipe'
}

@test "--pipe with a pipe that has only write ends selects its line and explains it" {
	copy_fixture criu-4.2/sizes dump
	open_browser 80 24 dump --pipe 28175
	assert_row last 'pipe 28175 is not in the dump: CRIU saves nothing if it finds only write ends'
	wait_for_selected '^ *28175 pipe +- +not in dump'
}

@test "a filter finds pipes with only write ends, and a search skips them" {
	copy_fixture criu-4.2/sizes dump
	open_browser 80 24 dump
	wait_for_screen 28175
	types 'filter not in dump'
	wait_for_screen ' 1/1 '
	press Space
	assert_row last 'no packet to mark: this queue is empty'
	press t
	assert_row last '0 marked'
	type_text '/nowhere'
	press Enter
	wait_for_screen 'nowhere'
	press Escape
	wait_for_regex ' [1-6]/6 '
	press G V
	wait_for_screen 'PI302'
}

@test "a pipe without a record in a damaged image is shown as unreadable, not as missing" {
	copy_fixture criu-4.2/sizes dump
	truncate -s 4200 dump/pipes-data.img
	open_browser 80 24 dump
	wait_for_screen damaged 28174
	types 28174
	wait_for_selected '^ *28174 pipe +- +unreadable '
	press Enter
	assert_row last 'pipe 28174 could not be read: its image is damaged; V shows where'
}

@test "all paths of FIFOs that share a number are shown" {
	copy_fixture field/two-fifos-one-inode dump
	open_browser 120 24 dump
	pipeimg show --json dump | jq -r '.queues[].paths[]' >paths
	[[ $(wc -l <paths) -ge 2 ]]
	mapfile -t paths <paths
	wait_for_screen "${paths[@]}"
}

@test ":ID with several queues goes from one to the next" {
	mkdir dump
	synthetic image pipe "id=7 payload=pipe" >dump/pipes-data.img
	synthetic image fifo "id=9 payload=other" "id=7 payload=fifo" >dump/fifo-data.img
	open_browser 80 24 dump --pipe 7
	assert_row last '2 queues have the ID 7; enter :7 again for the next'
	wait_for_screen 'pipe 7'
	press q
	types 7
	wait_for_selected '^ *7 fifo'
	types 7
	wait_for_selected '^ *7 pipe'
}

@test "holders that do not fit are truncated with an ellipsis" {
	local columns
	open_browser 100 24 "$fixtures/podman/checkpoint.tar.zst"
	wait_for_screen 'sh[6]:1w'
	# At every width.
	for columns in 100 99 95 91; do
		resize_terminal "$columns" 24
		until_screen has_size "$columns" 24
		wait_for_regex $' sh\\[6\\]:1w sleep[^…\n]*…\n'
	done
}

@test "packets of a mixed queue below the queues, 80x24" {
	browse_packets 80 24 4711
	assert_screen packets-80x24
}

@test "packets of a mixed queue below the queues, 200x60" {
	browse_packets 200 60 4711
	assert_screen packets-200x60
}

@test "sixty packets: the outlier is visible in the strip of lengths" {
	browse_packets 80 24 4715
	press O
	assert_screen outlier-80x24
}

@test "payload as hex and text, 80x24" {
	browse_packets 80 24 4711
	press Enter
	assert_screen payload-80x24
}

@test "payload as hex and text, 200x60: the rows are longer" {
	browse_packets 200 60 4711
	press Enter
	assert_screen payload-200x60
}

# A correct dump, with holders.
browse_dump() {
	copy_fixture criu-4.2/pipeline dump
	open_browser "$1" "$2" dump
	wait_for_screen 30964
}

@test "holders, 80x24" {
	browse_dump 80 24
	press H
	assert_screen holders-80x24
}

@test "holders, 200x60" {
	browse_dump 200 60
	press H
	assert_screen holders-200x60
}

# browse_damaged COLUMNS ROWS: opens an image with wrong checksums
browse_damaged() {
	synthetic image pipe 'id=7 size=4096 kind=1 payload=one xxh3=5' \
		'id=7 size=4096 kind=1 payload=two' 'id=8 kind=1 size=65536 payload=three xxh3=6' >damaged.img
	open_browser "$1" "$2" damaged.img
	wait_for_screen HOLDERS
	press V
}

@test "findings, 80x24" {
	browse_damaged 80 24
	assert_screen findings-80x24
}

@test "findings, 200x60" {
	browse_damaged 200 60
	assert_screen findings-200x60
}

@test "help, 80x24" {
	browse_sample 80 24
	press h
	assert_screen help-80x24
}

@test "help, 200x60" {
	browse_sample 200 60
	press F1
	assert_screen help-200x60
}

@test "rules that fit a spliced queue, 80x24" {
	browse_packets 80 24 4712
	press F Enter
	assert_screen rules-80x24
}

@test "rules that fit a spliced queue, 200x60" {
	browse_packets 200 60 4712
	press F Enter
	assert_screen rules-200x60
}

# ---- split and full ---------------------------------------------------------------------------------

@test "Tab goes to the other view and back" {
	browse_packets 80 24 4711
	press j j
	wait_for_selected 'job 4711 done'
	press Tab
	wait_for_selected '^ *4711 +pipe'
	press j
	# The view below follows.
	wait_for_screen 'packets  sample.img  pipe 4712'
	press Tab
	assert_screen tab-80x24
}

@test "O shows a view full screen, and splits the screen again" {
	browse_packets 80 24 4711
	press O
	wait_until_gone TYPE
	assert_screen full-80x24
	press O
	assert_screen packets-80x24
}

@test "q closes the views one by one, and quits after the last" {
	browse_packets 80 24 4711
	press Enter
	wait_for_screen 'payload  sample.img'
	press q
	assert_screen packets-80x24
	press q
	assert_screen queues-80x24
	press q
	wait_for_end 0
}

@test "q in the upper view closes the one below too" {
	browse_packets 80 24 4711
	press Enter
	wait_for_screen 'payload  sample.img'
	press Tab q
	assert_screen queues-80x24
}

@test "Q quits immediately from any view" {
	browse_packets 80 24 4711
	press Enter
	wait_for_screen 'payload  sample.img'
	press Q
	wait_for_end 0
}

@test "F10 quits too" {
	browse_sample 80 24
	press F10
	wait_for_end 0
}

@test "a view of packets goes to the next queue and back" {
	browse_packets 80 24 4711
	press J
	wait_for_screen 'packets  sample.img  pipe 4712'
	press '>'
	wait_for_screen 'packets  sample.img  pipe 4713'
	press K '<'
	assert_screen packets-80x24
	press K
	assert_row last 'there is no queue before this one'
}

@test "a payload view goes to the next packet and back" {
	browse_packets 80 24 4711
	press Enter J
	wait_for_screen 'packet 2  60 bytes'
	press K
	assert_screen payload-80x24
	press K
	assert_row last 'there is no packet before this one'
}

@test "--pipe with an unknown queue is reported" {
	browsable sample sample.img
	open_browser 80 24 sample.img --pipe 99
	assert_row last 'no queue 99 in this image'
}

@test "an unknown key is reported" {
	browse_sample 80 24
	press Z
	assert_row last 'unknown key; press h for help'
}

@test "a request that a view does not have is reported" {
	browse_sample 80 24
	press 3
	assert_row last "'json' is not available in this view"
}

@test ":save-screen writes what is shown" {
	browse_sample 80 24
	type_text ':save-screen shown.txt'
	press Enter
	assert_row last 'screen saved to shown.txt'
	# The last row differs: it had the hints.
	assert_same_text <(head -n 23 "$screens/queues-80x24.txt") <(head -n 23 shown.txt)
	assert_same_text <(echo 24) <(wc -l <shown.txt)
}

@test ":save-screen replaces a file only after a question, and never the image" {
	browse_sample 80 24
	before=$(sha256sum sample.img)
	echo precious >shown.txt
	type_text ':save-screen shown.txt'
	press Enter
	assert_row last 'shown.txt exists. Replace it?  y yes  n no'
	press n
	assert_row last 'nothing was written'
	[[ $(<shown.txt) == precious ]]
	type_text ':save-screen sample.img'
	press Enter
	assert_row last 'sample.img: is the image itself and would be overwritten'
	[[ $(sha256sum sample.img) == "$before" ]]
}

@test ":save-screen to a FIFO does not block" {
	browse_sample 80 24
	mkfifo pipe
	type_text ':save-screen pipe'
	press Enter
	assert_row last 'pipe: is not a regular file; name a new one'
}

@test ":save-screen to a missing directory is reported" {
	browse_sample 80 24
	type_text ':save-screen nowhere/shown.txt'
	press Enter
	wait_for_screen 'nowhere/shown.txt' 'No such file or directory'
}

@test "^L redraws a screen that another program has garbled" {
	browse_sample 80 24
	assert_screen queues-80x24
	printf '\033[2J\033[5;5Hgarbage' >"$(terminal_tmux display-message -p '#{pane_tty}')"
	wait_for_screen garbage
	press C-l
	assert_screen queues-80x24
}
