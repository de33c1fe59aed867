#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Tiny terminals, and changes of the size: nothing crashes, and the screen is restored afterwards.
load ../commands/helpers.bash
load terminal.bash
load screens.bash

readonly sizes=(1x1 2x2 5x20 20x5 3x80 200x60 1x60 200x1)

is_taken() {
	[[ $(terminal_tmux display-message -p '#{alternate_on}') == 1 ]]
}

# Resizes to all sizes and back: the browser draws each, and the last screen is the same as the first.
through_sizes() {
	local size
	assert_screen "$1"
	for size in "${sizes[@]}"; do
		resize_and_draw "${size%x*}" "${size#*x}"
		press Down Up
	done
	resize_terminal 80 24
	assert_screen "$1"
	press Q
	wait_for_end 0
}

@test "queues through many sizes" {
	browse_sample 80 24
	through_sizes queues-80x24
}

@test "packets through many sizes" {
	browse_packets 80 24 4711
	through_sizes packets-80x24
}

@test "a payload through many sizes" {
	browse_packets 80 24 4711
	press Enter
	through_sizes payload-80x24
}

@test "help through many sizes" {
	browse_sample 80 24
	press h
	through_sizes help-80x24
}

@test "rules that fit through many sizes" {
	browse_packets 80 24 4712
	press F Enter
	through_sizes rules-80x24
}

@test "a question through many sizes" {
	browse_sample 80 24
	type_text '/some text'
	through_question question-80x24
}

through_question() {
	local size
	assert_screen "$1"
	for size in "${sizes[@]}"; do
		resize_and_draw "${size%x*}" "${size#*x}"
		type_text x
		press BSpace
	done
	resize_terminal 80 24
	assert_screen "$1"
	press Escape
	assert_screen queues-80x24
}

@test "in one cell, the browser starts, handles keys and ends" {
	browsable sample sample.img
	open_browser 1 1 sample.img
	until_screen is_taken
	press j Enter Enter m F Enter h q Q
	wait_for_end 0
}

@test "2x2" {
	browsable sample sample.img
	open_browser 2 2 sample.img --pipe 4711
	press Enter j Tab s / a Enter q Q
	wait_for_end 0
}

@test "packets in 20 columns and 5 rows" {
	browsable sample sample.img
	open_browser 20 5 sample.img --pipe 4711
	assert_screen packets-20x5
}

@test "packets in 5 columns and 20 rows" {
	browsable sample sample.img
	open_browser 5 20 sample.img --pipe 4711
	assert_screen packets-5x20
}

@test "a payload in 20 columns and 5 rows" {
	browsable sample sample.img
	open_browser 20 5 sample.img --pipe 4711
	press Enter
	assert_screen payload-20x5
}

@test "a payload in 40 columns has shorter rows of hex" {
	browse_packets 40 24 4711
	press Enter
	assert_screen payload-40x24
}

@test "the selected line stays visible when the terminal shrinks" {
	browse_packets 80 24 4715
	press G
	wait_for_selected 'entry 60'
	resize_terminal 80 8
	wait_for_selected 'entry 60'
	resize_terminal 80 3
	wait_for_selected 'entry 60'
}

@test "the question for the form of an export shows its keys in a narrow terminal" {
	local size
	browse_packets 80 24 4711
	press e
	wait_for_screen 'write 1 packet as  r raw bytes  h hex  p pcapng  i an image  j JSON'
	for size in 20x5 40x3 15x24; do
		resize_terminal "${size%x*}" "${size#*x}"
		assert_row last 'write r h p i j'
	done
	resize_terminal 40 24
	wait_for_screen 'write 1 packet as  r raw bytes  h hex  p' 'j JSON'
	press h
	wait_for_screen 'to: pipe-4711.hex'
}

@test "the question whether to replace a file shows its keys in a narrow terminal" {
	browsable sample sample.img
	: >existing.bin
	open_browser 20 5 sample.img --pipe 4711
	wait_for_screen packets
	type_text ':export existing.bin'
	press Enter
	assert_row last 'replace it?  y  n'
	press n
	wait_for_screen 'nothing was written'
}
