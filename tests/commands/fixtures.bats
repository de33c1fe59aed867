#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Compares images from CRIU with what their processes knew and with crit's output, and our images with crit's output.
# shellcheck disable=SC2154 # hold sets variables
load helpers.bash

setup() {
	cd -- "$BATS_TEST_TMPDIR" || return
	need_program python3
	mapfile -t directories < <(find "$fixtures"/criu-* -mindepth 1 -maxdepth 1 -type d | sort)
	[[ ${#directories[@]} -ge 7 ]]
}

# Queue images in a directory.
queue_images() {
	find "$1" \( -name pipes-data.img -o -name fifo-data.img -o -name sk-queues.img \) | sort
}

# agrees_with_crit IMAGE FILE...
agrees_with_crit() {
	pipeimg show --json "$1" >shown.json
	python3 "$images_py" crit "${@:2}" <shown.json || fail "(in $1)"
}

# In fifo-and-dgram CRIU lost everything after an empty datagram, where its dump of a socket's queue stops. So the image
# has only the datagrams before it; see images.py.
@test "every fixture has the bytes that its process could have read, and the right capacities" {
	local directory checked=0
	for directory in "${directories[@]}"; do
		[[ -e $directory/truth.json ]] || continue
		pipeimg show --json "$directory" >shown.json
		python3 "$images_py" truth "$directory" <shown.json || fail "(in $directory)"
		checked=$((checked + 1))
	done
	[[ $checked -ge 6 ]]
}

@test "the pipe of yes | sleep is full of y" {
	pipeimg show --json "$fixtures/criu-4.2/pipeline" >shown.json
	python3 "$images_py" payload 30964 <shown.json >found
	yes | head -c 65536 >wanted
	assert_same_file wanted found
}

@test "the holders of every queue are those that crit decode finds" {
	local directory
	need_program crit
	for directory in "${directories[@]}"; do
		pipeimg show --json "$directory" >shown.json
		python3 "$images_py" holders "$directory" <shown.json || fail "(in $directory)"
	done
}

@test "crit decode and pipeimg read the same from every fixture's images" {
	local directory image
	need_program crit
	for directory in "${directories[@]}"; do
		mapfile -t images < <(queue_images "$directory")
		agrees_with_crit "$directory" "${images[@]}"
		for image in "${images[@]}"; do
			agrees_with_crit "$image" "$image"
		done
	done
}

@test "an image in the format before CRIU 1.6, with one magic number, reads the same" {
	local directory image
	for directory in "${directories[@]}"; do
		while read -r image; do
			tail -c +5 -- "$image" >old.img
			pipeimg show -v old.img >old
			pipeimg show -v "$image" >new
			assert_same_text new old
		done < <(queue_images "$directory")
	done
}

@test "a CRIU directory in the format before 1.6 reads the same, holders included" {
	local image
	mkdir old
	for image in "$fixtures"/criu-4.2/fifo-and-dgram/*.img; do
		# The inventory always had only one magic number.
		if [[ $(od -An -tx4 -N4 "$image") == *54564319 ]]; then
			tail -c +5 -- "$image" >"old/${image##*/}"
		else
			cp -- "$image" old
		fi
	done
	pipeimg show -v old >old.txt
	pipeimg show -v "$fixtures/criu-4.2/fifo-and-dgram" >new.txt
	assert_same_text new.txt old.txt
}

@test "crit decode reads our packets layout, pipe and FIFO" {
	crit_reads_layout packets
}

@test "crit decode reads our indexed layout, pipe and FIFO" {
	crit_reads_layout indexed
}

@test "crit decode reads our spliced layout, pipe and FIFO" {
	crit_reads_layout spliced
}

crit_reads_layout() {
	need_crit_of_own_order
	mkfifo fifo
	hold p:one s:stream p:@4096 p:@1 s:@5000 --new --new s:text --fifo fifo p:fifo s:@100 p:packet
	pipeimg capture -q --pid "$holder" --layout "$1" -o both/
	agrees_with_crit both both/pipes-data.img both/fifo-data.img
	pipeimg capture -q --pid "$holder" --fd "$read_fd" --layout "$1" -o pipe.img
	agrees_with_crit pipe.img pipe.img
	pipeimg capture -q --fifo fifo --layout "$1" -o fifo.img
	agrees_with_crit fifo.img fifo.img
	[[ $(pipeimg show pipe.img --raw | wc -c) -eq 9106 ]]
	[[ $(pipeimg show fifo.img --raw | wc -c) -eq 110 ]]
}

@test "crit encode without our fields keeps the bytes of our image" {
	need_crit_of_own_order
	hold p:one s:stream p:two
	pipeimg capture -q --pid "$holder" -o ours.img
	crit decode -i ours.img -o ours.json
	crit encode -i ours.json -o theirs.img
	[[ $(pipeimg show --raw theirs.img) == onestreamtwo ]]
}

@test "an unknown field is skipped" {
	# pipe_id 1, bytes 3, field 2000 (a number) 7
	printf '\x19\x43\x56\x54\x09\x37\x45\x56\x07\0\0\0\x08\x01\x10\x03\x80\x7d\x07abc' >image
	[[ $(pipeimg show --raw --pipe 1 image) == abc ]]
}
