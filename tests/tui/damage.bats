#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Images that are damaged, cut short or empty: browsed as far as they go, saying where they broke.
load ../commands/helpers.bash
load terminal.bash
load screens.bash

@test "an image that was cut short is browsed up to the break, and says where it is" {
	browsable sample whole.img
	head -c 300 whole.img >cut.img
	open_browser 80 24 cut.img
	wait_for_screen damaged 4711
	assert_screen cut-80x24
	press Enter
	wait_for_screen PREVIEW
	assert_screen cut-packets-80x24
	press Q
	wait_for_end 0
}

@test "the sentence is the one that show says" {
	local sentence
	browsable sample whole.img
	head -c 300 whole.img >cut.img
	run --separate-stderr pipeimg show cut.img
	assert_status 1
	sentence=${stderr#pipeimg: }
	open_browser 200 24 cut.img
	wait_for_screen damaged 4711 "${sentence% \[PI*}"
}

@test "garbage behind the records is told, and they are shown" {
	browsable sample damaged.img
	printf '\377\377\377\377garbage' >>damaged.img
	open_browser 80 24 damaged.img
	wait_for_screen damaged 4716 ' 1/6 '
}

@test "an image without records has no queues, which is told" {
	synthetic image pipe >empty.img
	open_browser 80 24 empty.img
	assert_screen empty-80x24
	press Enter j k G t e s
	wait_for_screen 'queues  empty.img'
	press q
	wait_for_end 0
}

@test "an empty file is no image" {
	: >nothing.img
	open_browser 80 24 nothing.img
	wait_for_end 1
}

@test "a queue whose boundaries were lost says so" {
	synthetic directory dump 100:pipe7:r 100:pipe7:W
	synthetic image pipe 'id=7 size=65536 payload=glued' >dump/pipes-data.img
	open_browser 80 24 dump
	wait_for_screen merged
	press Enter
	assert_screen merged-80x24
}

@test "an image that another program shortens meanwhile does no harm" {
	browsable sample sample.img
	open_browser 80 24 sample.img --pipe 4715
	wait_for_screen PREVIEW
	head -c 100 sample.img >shorter
	cat shorter >sample.img
	press G k Enter 2 3 1 q Q
	wait_for_end 0
}
