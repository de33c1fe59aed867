#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Several images for show: a table with one line for each.
# shellcheck disable=SC2154 # bats sets output, helpers.bash program
load helpers.bash

setup() {
	cd -- "$BATS_TEST_TMPDIR" || return
	ln -s "$fixtures/criu-4.2/sizes" sizes
	ln -s "$fixtures/podman/checkpoint.tar.zst" web.tar.zst
	ln -s "$fixtures/field/autofs-merged" merged
	printf 'no image\n' >text
}

# row_of IMAGE...: the line of the first image, with single spaces
row_of() {
	pipeimg show "$@" >table || return
	sed -n '2{s/  */ /g;p}' table
}

# export_with TIME: an unpacked export that was checkpointed at that time
export_with() {
	mkdir -p export/checkpoint
	cp "$fixtures"/criu-4.2/length-prefixed/*.img export/checkpoint
	printf '{"name": "web", "checkpointedTime": "%s"}' "$1" >export/config.dump
	printf '{"annotations": {"io.container.manager": "libpod"}}' >export/spec.dump
}

# The terminal has 80 columns. Prints without carriage returns.
on_terminal() {
	script -qec "stty columns 80; '$program' $*" /dev/null </dev/null | tr -d '\r'
}

@test "several images are a table with one line for each, in the order of the arguments" {
	run -0 pipeimg show web.tar.zst sizes merged
	[[ ${#lines[@]} == 4 ]] || fail "$output"
	[[ ${lines[0]} =~ ^CONTAINER\ +ENGINE\ +CHECKPOINTED\ UTC\ +QUEUES\ +PACKETS\ +BYTES\ +LOST\ +HOOK\ +IMAGE$ ]]
	[[ ${lines[1]} =~ ^c1\ +Podman\ .*\ web.tar.zst$ && ${lines[2]} =~ \ sizes$ && ${lines[3]} =~ \ merged$ ]]
}

@test "a line has the container, its engine, and the totals of all queues" {
	[[ $(row_of web.tar.zst sizes) == "c1 Podman - 1 0 119 0 no web.tar.zst" ]]
	[[ $(row_of sizes sizes) == "- - - 5 0 266276 0 no sizes" ]]
	pipeimg show --json sizes | jq -e '[.queues[].bytes] | add == 266276' >/dev/null
}

@test "the time of the checkpoint is converted to UTC" {
	export_with 2026-03-01T00:30:59.431988462+02:00
	[[ $(row_of export sizes) == "web Podman 2026-02-28 22:30 "* ]] || fail "$(<table)"
	export_with 2026-03-01T23:30:00-01:30
	[[ $(row_of export sizes) == "web Podman 2026-03-02 01:00 "* ]] || fail "$(<table)"
	export_with 2026-03-01T23:30:00Z
	[[ $(row_of export sizes) == "web Podman 2026-03-01 23:30 "* ]] || fail "$(<table)"
}

@test "a time that is none is printed as it is, without control characters" {
	export_with 'yester\u001b[31mday'
	[[ $(row_of export sizes) == 'web Podman yester\x1b[31mday '* ]] || fail "$(<table)"
}

@test "a line counts the queues that lost their boundaries" {
	[[ $(row_of "$fixtures/field/two-fifos-one-inode" sizes) == "- - - 1 0 25 1 no "* ]] || fail "$(<table)"
	pipeimg show --json "$fixtures/field/two-fifos-one-inode" | jq -e '[.queues[].boundaries_lost] == [true]' >/dev/null
}

@test "a line says that CRIU needs the hook to restore the packets" {
	pipeimg upgrade "$fixtures/criu-4.2/length-prefixed" --frame u32le -o upgraded
	[[ $(row_of upgraded sizes) =~ ^-\ -\ -\ 1\ [0-9]+\ 4855\ 0\ yes\ upgraded$ ]] || fail "$(<table)"
}

@test "images that fail are named, the others are shown, and the status is 1" {
	run -1 --separate-stderr pipeimg show sizes text merged
	[[ ${#lines[@]} == 3 && ${lines[1]} == *sizes && ${lines[2]} == *merged ]] || fail "$output"
	[[ $stderr == "pipeimg: text: is not a CRIU image"* ]] || fail "$stderr"
}

@test "the status is that of the worst failure" {
	run -3 --separate-stderr pipeimg show missing text sizes
	[[ ${lines[1]} == *sizes ]]
	run -1 pipeimg show text text
	[[ $output != *CONTAINER* ]]
}

@test "of a damaged image, the line has what precedes the damage, and the status is 1" {
	cp -rL sizes damaged
	truncate -s -1 damaged/pipes-data.img
	run -1 --separate-stderr pipeimg show damaged merged
	[[ ${lines[1]} == *damaged && ${lines[2]} == *merged && $stderr == *damaged/pipes-data.img* ]] ||
		fail "$output" "$stderr"
}

@test "standard input can be one of several images" {
	run -0 pipeimg show - sizes <"$(realpath web.tar.zst)"
	[[ ${lines[1]} == *"standard input" ]]
}

@test "the table fits the terminal, whatever the names are" {
	local long
	long=$(printf 'name%.0s' {1..40})
	export_with 2026-03-01T23:30:00Z
	printf '{"name": "%s"}' "$long" >export/config.dump
	cp -rL export "$long"
	on_terminal show --color=never "$long" sizes web.tar.zst >table
	[[ $(wc -L <table) -le 80 && $(wc -l <table) == 4 ]] || fail "$(<table)"
	grep -q 'web.tar.zst$' table || fail "$(<table)"
}

@test "names are not cut in a file" {
	local long
	long=$(printf 'name%.0s' {1..40})
	cp -rL sizes "$long"
	COLUMNS=80 pipeimg show "$long" sizes >table
	grep -q " $long\$" table
}

@test "--json prints one line for each image, in the form of a single image" {
	pipeimg show --json web.tar.zst sizes >both
	[[ $(wc -l <both) == 2 ]]
	for image in web.tar.zst sizes; do pipeimg show --json "$image" | jq -c .; done >wanted
	jq -c . both | assert_same_text wanted -
}

@test "--json has a line for an image that cannot be opened" {
	run -1 --separate-stderr pipeimg show --json text sizes
	jq -e '.image == "text" and .failure.check == "PI001" and .failure.file == "text" and
		(.failure.message | startswith("is not a CRIU image")) and (has("queues") | not)' <<<"${lines[0]}" >/dev/null ||
		fail "$output"
	jq -e '.queues | length == 6' <<<"${lines[1]}" >/dev/null || fail "$output"
}

@test "options that select or print payload take one image" {
	for option in --pipe=1 --packet=1 --hex --text --raw; do
		run -2 pipeimg show sizes merged "$option"
		assert_output_has "${option%=*} takes one image; several are shown as a table"
	done
}

@test "no image is a usage error" {
	run -2 pipeimg show
	assert_output_has "no image given"
}
