#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Images from machines with either byte order. Each is compared with the same image in the other order, which
# byte-order.py writes: every command must give the same result for both, and keep the order of its input.
# shellcheck disable=SC2154 # hold sets variables
load helpers.bash

all_fixtures() {
	find "$fixtures"/criu-* -mindepth 1 -maxdepth 1 -type d | sort
}

# Sets image and turned to the same queues in both orders, with all kinds of chunks and several pipes.
make_both() {
	hold p:first s:run p:after-run p:@4096 s:@5000 p:x --new p:two s:end --new
	pipeimg capture -q --pid "$holder" -o image
	in_other_order image turned
	[[ $(order_of image) != $(order_of turned) ]]
}

# assert_same_of COMMAND [ARGUMENT...]: the output for little/ and big/ is the same except for names and byte order
assert_same_of() {
	local side
	for side in little big; do
		run --separate-stderr pipeimg "$1" "$side" "${@:2}"
		printf '%s\n' "$status" "$output" "$stderr" | sed -e "s/\<$side\>/IMAGE/g" \
			-e 's/\<\(little\|big\)-endian\>/ORDER/g' >"$side.result"
	done
	assert_same_text little.result big.result
}

# ---- reading -------------------------------------------------------------------------------------

@test "every fixture gives the same output in both orders: show, verify and the search for rules" {
	local directory
	while read -r directory; do
		rm -rf little big
		cp -r -- "$directory" little
		in_other_order little big
		assert_same_of show -v
		assert_same_of show --json
		assert_same_of verify
		assert_same_of verify --json
		assert_same_of upgrade --frame auto
	done < <(all_fixtures)
}

@test "diff finds no difference between an image and its copy in the other byte order" {
	local directory
	while read -r directory; do
		rm -rf turned
		in_other_order "$directory" turned
		run --separate-stderr pipeimg diff "$directory" turned
		assert_status 0
		assert_output ""
		run --separate-stderr pipeimg diff turned "$directory"
		assert_status 0
	done < <(all_fixtures)
}

@test "show -v and show --json report the byte order" {
	local order
	copy_fixture criu-4.2/merged-packets little
	in_other_order little big
	for order in little big; do
		run --separate-stderr pipeimg show -v "$order"
		assert_output_has "byte order: $order-endian"
		[[ $(pipeimg show --json "$order" | jq -r .byte_order) == "$order-endian" ]]
	done
	run --separate-stderr pipeimg show big
	assert_output_lacks "endian"
}

@test "with one magic number, as before CRIU 1.6, that number gives the byte order" {
	copy_fixture criu-4.2/merged-packets/pipes-data.img little
	in_other_order little big
	tail -c +5 little >little-1.0
	tail -c +5 big >big-1.0
	[[ $(order_of big-1.0) == big-endian ]]
	pipeimg show little-1.0 >wanted
	pipeimg show big-1.0 >found
	assert_same_text wanted found
	pipeimg convert big-1.0 new --image-version 1.1
	assert_same_file big new
}

@test "damage is reported at the same place in both orders" {
	local cut
	hold p:one s:two p:@300
	pipeimg capture -q --pid "$holder" -o image
	in_other_order image turned
	for ((cut = 1; cut < $(stat -c %s image); cut += 5)); do
		head -c "$cut" image >little
		head -c "$cut" turned >big
		assert_same_of verify
		assert_same_of show
	done
}

@test "a queue of a big-endian image is restored like that of a little-endian one" {
	make_both
	for sizes in 1048576 3,1,7; do
		pipeimg restore image --pipe "$pipe" --fds 0,9 -- "$read_log" --sizes "$sizes" >wanted
		pipeimg restore turned --pipe "$pipe" --fds 0,9 -- "$read_log" --sizes "$sizes" >found
		assert_same_text wanted found
	done
}

@test "the index of a compressed image finds a single queue in both orders" {
	make_both
	pipeimg compress turned -o turned.zst
	use_pipe 1
	pipeimg show --pipe "$pipe" image >wanted
	pipeimg show --pipe "$pipe" turned.zst >found
	assert_same_text wanted found
	run --separate-stderr pipeimg verify turned.zst
	assert_status 0
}

# ---- writing -------------------------------------------------------------------------------------

# same_of_both COMMAND ARGUMENT...: the results for turned and for image are equal except for the byte order. IN and OUT
# are among the arguments.
same_of_both() {
	local side arguments
	rm -rf image.out turned.out wanted
	for side in image turned; do
		arguments=("${@/#IN/$side}")
		pipeimg "${arguments[@]/#OUT/$side.out}" >/dev/null
	done
	in_other_order image.out wanted
	[[ ! -d wanted ]] || { diff -r wanted turned.out || fail "$* differs" && return; }
	assert_same_file wanted turned.out
}

@test "files keep their byte order through conversions between all layouts and versions" {
	local layout
	make_both
	same_of_both convert IN OUT
	for layout in packets indexed spliced; do
		same_of_both convert IN OUT --layout "$layout"
		same_of_both convert IN OUT --layout "$layout" --image-version 1.0
	done
	pipeimg convert turned a --layout indexed --image-version 1.0
	pipeimg convert a b --layout packets --image-version 1.1
	assert_same_file turned b
}

@test "upgrade keeps the byte order, also in place" {
	copy_fixture criu-4.2/fixed-records/pipes-data.img image
	in_other_order image turned
	same_of_both upgrade IN -o OUT --frame fixed:304
	mv turned.out wanted
	pipeimg upgrade --in-place turned --frame fixed:304
	assert_same_file wanted turned
	[[ $(order_of turned) == big-endian ]]
}

@test "boundaries can come from an image of the other byte order, and the target keeps its order" {
	hold p:first p:two p:@300
	pipeimg capture -q --pid "$holder" -o exact
	pipeimg capture -q --pid "$holder" --layout spliced -o legacy
	in_other_order legacy turned
	pipeimg upgrade turned -o found --boundaries exact
	pipeimg diff exact found
	[[ $(order_of found) == $(order_of turned) ]]
}

@test "compress keeps the byte order, and so do readers of its output" {
	make_both
	pipeimg compress turned -o turned.zst
	zstd -q -d -c turned.zst >found
	assert_same_file turned found
	pipeimg convert turned.zst found.img
	assert_same_file turned found.img
}

@test "a converted directory keeps its byte order and all other files" {
	local directory
	while read -r directory; do
		rm -rf image turned
		cp -r -- "$directory" image
		in_other_order image turned
		same_of_both convert IN OUT --layout indexed
		same_of_both upgrade IN -o OUT
	done < <(all_fixtures)
}

@test "a directory converted to an archive and an upgraded archive keep their byte order" {
	copy_fixture criu-4.2/fixed-records image
	in_other_order image turned
	pipeimg convert turned turned.tar.zst --compress
	pipeimg upgrade turned.tar.zst -o upgraded.tar.zst --frame fixed:304
	pipeimg upgrade turned -o wanted --frame fixed:304
	mkdir found
	zstd -q -d -c upgraded.tar.zst | tar -x -C found
	found=$(find found -name pipes-data.img)
	assert_same_file wanted/pipes-data.img "$found"
	assert_same_file turned/files.img "${found%/*}/files.img"
	[[ $(order_of "$found") == big-endian ]]
}

@test "a new image or directory has the byte order of the host" {
	mkfifo fifo
	hold p:one --fifo fifo p:two
	pipeimg capture -q --pid "$holder" -o new/
	pipeimg capture -q --fifo fifo -o new.img
	[[ $(order_of new/pipes-data.img) == $(own_order) ]]
	[[ $(order_of new/fifo-data.img) == $(own_order) ]]
	[[ $(order_of new.img) == $(own_order) ]]
}

# ---- JSON ----------------------------------------------------------------------------------------

@test "JSON states the byte order if the image or the host is big-endian, and converts back to that order" {
	local image
	make_both
	for image in image turned; do
		pipeimg convert --to json "$image" "$image.json"
		pipeimg convert "$image.json" "$image.back"
		assert_same_file "$image" "$image.back"
		if [[ $(order_of "$image") == little-endian && $(own_order) == little-endian ]]; then
			[[ $(jq 'has("byte_order")' "$image.json") == false ]]
		else
			[[ $(jq -r .byte_order "$image.json") == "$(order_of "$image")" ]]
		fi
	done
	[[ $(jq -c 'del(.byte_order)' image.json) == "$(jq -c 'del(.byte_order)' turned.json)" ]]
}

@test "JSON without a byte order becomes an image in host order, as crit encode writes it" {
	make_both
	for image in image turned; do
		pipeimg convert --force --to json "$image" json
		sed 's/"byte_order": "[a-z-]*", //' json >without
		pipeimg convert --force without found
		[[ $(order_of found) == $(own_order) ]]
		pipeimg diff turned found
	done
}

@test "crit encode ignores the byte order in JSON" {
	need_program crit
	copy_fixture criu-4.2/fifo-and-dgram/pipes-data.img image
	in_other_order image turned
	pipeimg convert --to json turned json
	[[ $(jq -r .byte_order json) == big-endian ]]
	crit encode -i json -o found
	assert_same_file image found
}

@test "an invalid byte order in JSON is an error" {
	local entries='"entries": [{"pipe_id": 7, "bytes": 1, "extra": "YQ=="}]'
	echo '{"byte_order": "big-endian", "magic": "PIPES_DATA", '"$entries}" >json
	pipeimg convert json found
	[[ $(order_of found) == big-endian ]]
	echo '{"magic": "PIPES_DATA", "byte_order": "middle-endian", '"$entries}" >json
	assert_fails 1 '"byte_order" is neither "little-endian" nor "big-endian"' pipeimg show json
	echo '{"magic": "PIPES_DATA", "byte_order": 1, '"$entries}" >json
	assert_fails 1 PI013 pipeimg show json
	echo '{"byte_order": "big-endian", "byte_order": "big-endian", "magic": "PIPES_DATA", '"$entries}" >json
	assert_fails 1 'a second "byte_order"' pipeimg show json
}
