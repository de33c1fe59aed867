#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Compares pipeimg convert --to json with crit decode, and images from JSON with crit encode, byte for byte. Our
# extensions survive the conversion to JSON and back.
# shellcheck disable=SC2154 # hold sets variables
load helpers.bash
load conversion.bash

readonly json_images_py=$PIPEIMG_SOURCE/tests/commands/json-images.py
readonly random_images_py=$PIPEIMG_SOURCE/tests/commands/random-images.py

# Tests compare a work directory before and after, so their own files go elsewhere.
setup() {
	mkdir "$BATS_TEST_TMPDIR/work"
	cd -- "$BATS_TEST_TMPDIR/work" || return
}

need_crit() {
	need_crit_of_own_order
	"$python" -c 'import pycriu' 2>/dev/null || skip "$python has no module pycriu"
}

fixture_images() {
	find "$fixtures" \( -name pipes-data.img -o -name fifo-data.img -o -name sk-queues.img \) | sort
}

# goes_there_and_back IMAGE: converting to JSON and back gives the same file
goes_there_and_back() {
	pipeimg convert --force --to json "$1" "$1.json"
	pipeimg convert --force "$1.json" "$1.again"
	assert_same_file "$1" "$1.again"
	jq . "$1.json" >"$1.jq" || fail "jq cannot read $1.json"
	pipeimg convert --force "$1.jq" "$1.again"
	assert_same_file "$1" "$1.again"
}

# ---- against crit --------------------------------------------------------------------------------

@test "JSON output equals that of crit decode, on standard output and as a file" {
	local image
	need_crit
	for image in "$fixtures"/criu-4.2/fifo-and-dgram/{pipes-data,fifo-data,sk-queues}.img; do
		crit decode -i "$image" >wanted
		pipeimg convert --to json "$image" - >found
		assert_same_file wanted found
		crit decode -i "$image" -o wanted
		pipeimg convert --force --to json "$image" found
		assert_same_file wanted found
	done
}

@test "JSON becomes the image that crit encode writes, on standard output and as a file" {
	local image
	need_crit
	for image in "$fixtures"/criu-4.2/fifo-and-dgram/{pipes-data,fifo-data,sk-queues}.img; do
		crit decode -i "$image" -o json
		crit encode -i json -o wanted
		pipeimg convert --force json found
		assert_same_file wanted found
		pipeimg convert json - >found
		assert_same_file wanted found
		assert_same_file "$image" found
	done
}

# as_crit_has_it IMAGE: our JSON equals IMAGE.json, which converts back to the image. Uses standard output, which is
# faster because it is not synced.
as_crit_has_it() {
	"$program" convert --to json "$1" - >found
	{ cat "$1.json" && echo; } >wanted
	cmp wanted found || fail "$1: other JSON"
	"$program" convert "$1.json" - >found
	cmp "$1" found || fail "$1: another image"
}

@test "every fixture becomes JSON and an image again, as with crit" {
	local image
	need_crit
	while read -r image; do
		cp -- "$image" "${image//\//-}"
	done < <(fixture_images)
	"$python" "$json_images_py" decode ./*.img
	for image in ./*.img; do
		as_crit_has_it "$image"
	done
}

@test "200 random images become JSON and images again, as with crit" {
	local seed=${PIPEIMG_SEED:-$RANDOM} image images
	need_crit
	mkdir images
	"$python" "$random_images_py" make "$seed" "${PIPEIMG_IMAGES:-200}" images
	images=(images/*.img)
	"$python" "$json_images_py" decode "${images[@]}"
	echo "PIPEIMG_SEED=$seed"
	for image in "${images[@]}"; do
		as_crit_has_it "$image"
	done
	for image in images/*0.img; do
		"$program" convert "$image.pretty" - >found
		cmp "$image" found || fail "$image: another image from crit decode --pretty"
	done
}

@test "crit encode of our JSON keeps the bytes of the queues, without our fields" {
	need_crit
	hold "${mixed_queue[@]}" --new --new s:text
	pipeimg capture -q --pid "$holder" -o image
	pipeimg convert --to json image json
	crit encode -i json -o theirs
	pipeimg show --raw image >wanted
	pipeimg show --raw theirs >found
	assert_same_file wanted found
}

@test "JSON has descriptors in flight in crit's form, and they come back" {
	need_crit
	# scm: type 1, rights 5 and 300; then type 2 without rights
	synthetic image socket "id=5 bytes=3 4=hex:0801100510ac02 payload=one" "id=6 4=hex:0802" \
		"id=5 4=hex:08011007 payload=@200" >image
	crit decode -i image -o wanted
	pipeimg convert --to json image found
	assert_same_file wanted found
	[[ $(jq -c '.entries[0].scm' found) == '[{"type":1,"rights":[5,300]}]' ]]
	crit encode -i wanted -o theirs
	pipeimg convert wanted ours
	assert_same_file theirs ours
}

@test "JSON has credentials of datagrams in the form of CRIU 4's crit, and they come back" {
	# uid 1, gid 2, pid 3; then an address, which CRIU reserves, and an unknown field in scm
	synthetic image socket "id=5 bytes=3 128=hex:080110021803 payload=one" \
		"id=5 bytes=1 4=hex:08011005c00207 3=hex:6162 payload=x" >image
	goes_there_and_back image
	[[ $(jq -c '.entries[0].ucred' image.json) == '{"uid":1,"gid":2,"pid":3}' ]]
	[[ $(jq -c '.entries[1] | keys' image.json) == '["extra","id_for","length","scm","unknown"]' ]]
}

@test "numbers may be strings, also hexadecimal, as crit --pretty prints them elsewhere" {
	synthetic image pipe "id=4711 bytes=3 size=65536 payload=abc" >wanted
	in_own_order wanted
	cat >json <<-'END'
		{
		    "magic": "PIPES_DATA",
		    "entries": [
		        {"pipe_id": "0x1267", "bytes": "3", "size": "0x10000", "extra": "YWJj\n"}
		    ]
		}
	END
	pipeimg convert json found
	assert_same_file wanted found
}

@test "the order of keys, white space and line breaks in base64 make no difference" {
	synthetic image pipe "id=7 bytes=100 size=65536 payload=@100" >wanted
	pipeimg convert --to json wanted json
	jq -c '.entries[] |= (.extra |= gsub("\n"; "") | to_entries | reverse | from_entries)' json \
		>other
	pipeimg convert other found
	assert_same_file wanted found
	jq --tab . json | sed 's/$/\r/' >other
	pipeimg convert --force other found
	assert_same_file wanted found
}

# ---- our extensions ------------------------------------------------------------------------------

@test "our images come back from JSON byte for byte, in every layout" {
	local layout name
	for name in plain $'a"b\\c' $'\xff\xfe\e[2J' $'new\nline\t'; do
		hold --name "$name" --mode 0640 "${mixed_queue[@]}" --dup --new --new s:@65536 --new p:x
		pipeimg capture -q --pid "$holder" -o image
		goes_there_and_back image
		for layout in indexed spliced; do
			pipeimg convert --force image "$layout" --layout "$layout"
			goes_there_and_back "$layout"
		done
		stop_started
		rm image
	done
}

# numbers JSON: prints it with numbers in place of pipeimg's strings
numbers() {
	sed -E -e 's/"(captured_at_ns|xxh3|message_xxh3)": "([0-9]+)"/"\1": \2/g' \
		-e ':again; s/("chunks": \[[^]]*)"([0-9]+)"/\1\2/; t again' "$1"
}

@test "our 64-bit fields are strings, so that no program rounds them; numbers are accepted too" {
	hold p:one s:two p:three
	pipeimg capture -q --pid "$holder" -o packets
	pipeimg convert packets indexed --layout indexed
	pipeimg convert --to json packets packets.json
	pipeimg convert --to json indexed indexed.json
	[[ $(jq -c '[.entries[] | .xxh3, .message_xxh3 | type] + [.entries[0].origin.captured_at_ns | type] | unique' \
		packets.json) == '["string"]' ]]
	[[ $(jq -c '.entries[0] | [.chunks[], .xxh3, .message_xxh3 | type] | unique' indexed.json) == '["string"]' ]]
	for layout in packets indexed; do
		numbers "$layout.json" >../numbers
		[[ $(grep -cE '"(xxh3|message_xxh3|captured_at_ns)": "' ../numbers) -eq 0 ]]
		pipeimg convert --force ../numbers found
		assert_same_file "$layout" found
	done
	"$python" -c 'import json, sys
image = json.load(sys.stdin)
for entry in image["entries"]:
    entry["xxh3"] = hex(int(entry["xxh3"]))
json.dump(image, sys.stdout)' <packets.json >../hexadecimal
	pipeimg convert --force ../hexadecimal found
	assert_same_file packets found
}

@test "a crit that has our fields in its schema reads and writes all of them" {
	local layout
	need_crit
	need_program protoc-c
	hold "${mixed_queue[@]}" --new --new s:text
	pipeimg capture -q --pid "$holder" -o packets
	pipeimg convert packets indexed --layout indexed
	for layout in packets indexed; do
		pipeimg convert --to json "$layout" json --force
		"$python" "$json_images_py" with-ours "$PIPEIMG_SOURCE/proto/pipe-data.proto" json ../theirs
		pipeimg convert ../theirs found --force
		assert_same_file "$layout" found
	done
}

@test "our images of FIFOs come back from JSON byte for byte" {
	mkfifo fifo
	hold --fifo fifo --fork p:fifo s:@100 p:packet
	pipeimg capture -q --fifo fifo -o image
	goes_there_and_back image
	pipeimg convert image indexed --layout indexed
	goes_there_and_back indexed
}

@test "JSON has no image version: a 1.0 image gives the JSON of a 1.1 image" {
	local image=$fixtures/criu-4.2/fifo-and-dgram/fifo-data.img
	pipeimg convert "$image" old --image-version 1.0
	pipeimg convert --to json old old.json
	pipeimg convert --to json "$image" new.json
	assert_same_file new.json old.json
	pipeimg convert old.json found
	assert_same_file "$image" found
	pipeimg convert --force --image-version 1.0 old.json found
	assert_same_file old found
}

@test "--to json can be combined with --layout and rules" {
	pipeimg convert "$fixtures/criu-4.2/length-prefixed/pipes-data.img" json --to json --frame u32le
	[[ $(jq -c '[.entries[].bytes]' json) == "[5,9,4,704,4096,37]" ]]
	[[ $(jq -c '[.entries[].kind] | unique' json) == '["PACKET"]' ]]
	pipeimg convert json indexed.json --to json --layout indexed
	[[ $(jq -c '.entries[0].chunks' indexed.json) == '["11","19","9","1409","8193","75"]' ]]
}

@test "unknown fields come back from JSON" {
	synthetic image pipe "id=7 bytes=3 size=65536 40=7 payload=abc" \
		"id=8 bytes=3 900=fixed64:77 1099=hex:00ff22 2000=fixed32:5 payload=xyz" >image
	goes_there_and_back image
	# With checksums, one of which also covers these fields.
	pipeimg convert image sealed --layout packets
	goes_there_and_back sealed
	pipeimg convert image indexed --layout indexed
	goes_there_and_back indexed
	synthetic image socket "id=5 bytes=3 99=7 100=hex:616263 payload=one" >image
	goes_there_and_back image
}

@test "unknown fields come back from JSON, also inside an origin" {
	# page_size 4096, and field 40
	synthetic image pipe "id=7 bytes=3 kind=1 1003=hex:108020c00207 payload=abc" >image
	pipeimg convert image sealed --layout indexed
	goes_there_and_back sealed
	pipeimg convert image sealed --layout packets --force
	goes_there_and_back sealed
}

@test "an image without queues is JSON with no entries" {
	need_crit
	local kind
	for kind in pipe fifo socket; do
		synthetic image "$kind" >image
		goes_there_and_back image
		crit decode -i image -o wanted
		assert_same_file wanted image.json
	done
}

# ---- every command -------------------------------------------------------------------------------

@test "show, verify, diff and restore read JSON like the image, also from standard input" {
	local form
	hold "${mixed_queue[@]}"
	pipeimg capture -q --pid "$holder" -o image
	pipeimg convert --to json image json
	for form in --raw -v --hex; do
		pipeimg show "$form" image >../wanted
		pipeimg show "$form" json >../found
		assert_same_text ../wanted ../found
		pipeimg show "$form" - <json >../found
		assert_same_text ../wanted ../found
		cat json | pipeimg show "$form" - >../found
		assert_same_text ../wanted ../found
	done
	pipeimg show --json image | jq 'del(.image)' >../wanted
	pipeimg show --json json | jq 'del(.image)' >../found
	assert_same_text ../wanted ../found
	pipeimg diff -q image json
	pipeimg diff -q json image
	pipeimg diff -q - image <json
	run --separate-stderr pipeimg verify --strict json
	assert_status 0
	pipeimg verify -q --strict - <json
	restored_reads image --sizes 3,1,7 >../wanted
	restored_reads json --sizes 3,1,7 >../found
	assert_same_text ../wanted ../found
	cat json | pipeimg convert - - --layout indexed >../found
	pipeimg convert image ../indexed --layout indexed
	assert_same_file ../indexed ../found
	pipeimg convert json ../found.json --to json
	assert_same_file json ../found.json
}

@test "defects of the image that JSON describes are reported as for an image" {
	hold p:one p:two
	pipeimg capture -q --pid "$holder" -o image
	pipeimg convert --to json image json
	jq -c '.entries[1].extra = "dHdP\n"' json >changed
	run --separate-stderr pipeimg verify changed
	assert_status 1
	assert_output_has "[PI201]"
	jq -c 'del(.entries[1])' json >changed
	run --separate-stderr pipeimg verify changed
	assert_status 1
	assert_output_has "[PI"
}

@test "JSON with other line breaks in base64, or none, is read" {
	synthetic image pipe "id=7 payload=@5000" >wanted
	pipeimg convert --to json wanted json
	jq -c '.entries[].extra |= gsub("\n"; "")' json >plain
	pipeimg convert plain found
	assert_same_file wanted found
	jq -c '.entries[].extra |= (gsub("\n"; "") | gsub("(?<a>.{5})"; "\(.a)\n"))' json >short
	pipeimg convert --force short found
	assert_same_file wanted found
}

# ---- edited by hand ------------------------------------------------------------------------------

# refused_edit MESSAGE JQ-ARGUMENT...: an image's JSON that jq changed is refused
refused_edit() {
	jq "${@:2}" >../edited
	assert_fails_cleanly 1 "$1" pipeimg convert ../edited found
}

@test "keys sorted by jq -S make no difference in a file, a pipe and a compressed file" {
	local image
	hold "${mixed_queue[@]}" --new s:@65536
	pipeimg capture -q --pid "$holder" -o packets
	pipeimg convert packets indexed --layout indexed
	cp "$fixtures/criu-4.2/fifo-and-dgram/sk-queues.img" sockets
	synthetic image fifo >empty
	for image in packets indexed sockets empty; do
		pipeimg convert --to json "$image" - | jq -S . >sorted
		[[ $(jq -r 'keys_unsorted[-1]' sorted) == magic ]]
		pipeimg convert sorted found --force
		assert_same_file "$image" found
		cat sorted | pipeimg convert - found --force
		assert_same_file "$image" found
		gzip -c sorted >sorted.gz
		pipeimg convert sorted.gz found --force
		assert_same_file "$image" found
		pipeimg verify -q --strict sorted || [[ $image == empty ]]
	done
}

@test "checksums that were removed are computed again" {
	local layout keys
	hold "${mixed_queue[@]}" --new s:text --new
	pipeimg capture -q --pid "$holder" -o packets
	pipeimg convert packets indexed --layout indexed
	for layout in packets indexed; do
		pipeimg convert --to json "$layout" json --force
		for keys in .message_xxh3 .xxh3 .xxh3,.message_xxh3; do
			jq "del(.entries[] | $keys)" json >../edited
			pipeimg convert ../edited found --force
			assert_same_file "$layout" found
			pipeimg verify -q --strict ../edited
		done
		jq ".entries[0] |= del(.xxh3)" json >../edited
		pipeimg convert ../edited found --force
		assert_same_file "$layout" found
	done
}

@test "an edited payload is accepted without its checksums; with them it is damage, and is located" {
	hold p:one p:two
	pipeimg capture -q --pid "$holder" -o image
	pipeimg convert --to json image json
	jq '.entries[1] |= (.extra = "VFdP\n" | del(.xxh3, .message_xxh3))' json >../edited
	pipeimg convert ../edited found
	pipeimg verify -q --strict found
	[[ $(pipeimg show --raw found) == oneTWO ]]
	rm found
	refused_edit "record 2 (pipe $pipe)" '.entries[1].extra = "VFdP\n"' json
	[[ $stderr == *"[PI201]" ]]
	assert_error_has 'if you edited it, remove its "xxh3" and "message_xxh3"'
	refused_edit 'remove both checksums' '.entries[1] |= (.extra = "VFdPMg==\n" | .bytes = 4)' json
	[[ $stderr == *"[PI109]" ]]
	refused_edit '"message_xxh3" is not the checksum of the other keys' '.entries[1] |= (.extra = "VFdP\n" | del(.xxh3))' json
	[[ $stderr == *"[PI109]" ]]
}

@test "records whose kind was removed are refused, and no stream run becomes a packet" {
	hold s:run p:packet
	pipeimg capture -q --pid "$holder" -o image
	pipeimg convert --to json image json
	refused_edit "record 1 (pipe $pipe)" 'del(.entries[] | .kind, .message_xxh3)' json
	assert_error_has '"xxh3", but neither "kind" nor "chunks"'
	refused_edit '"origin", but neither "kind" nor "chunks"' 'del(.entries[] | .kind, .xxh3, .message_xxh3)' json
	refused_edit "record 2 (pipe $pipe)" '.entries[1] |= del(.kind, .xxh3, .message_xxh3)' json
	assert_error_has 'another entry of this pipe has neither "kind" nor "chunks", and entry 1 has "kind"'
	# crit drops our fields.
	refused_edit 'add "kind": "PACKET" or "kind": "STREAM"' '.entries[] |= {pipe_id, bytes, size, extra}' json
	assert_fails 1 "[PI210]" pipeimg show ../edited
}

@test "lists of chunks that were removed, emptied or given a kind are refused" {
	hold s:run p:packet
	pipeimg capture -q --pid "$holder" -o image
	pipeimg convert --to json --layout indexed image json
	refused_edit '"origin", but neither "kind" nor "chunks"' 'del(.entries[] | .chunks, .xxh3, .message_xxh3)' json
	refused_edit 'an empty "chunks" in an entry of 9 bytes' '.entries[0] |= (.chunks = [] | del(.message_xxh3, .xxh3, .origin, .records, .queues))' json
	refused_edit 'both "kind" and "chunks"' '.entries[0] |= (.kind = "PACKET" | del(.message_xxh3))' json
	refused_edit "[PI202]" '.entries[0] |= (.chunks[0] = "5" | del(.message_xxh3))' json
	# A record from CRIU, which is one stream run.
	jq '.entries[] |= {pipe_id, bytes, size, extra}' json >../edited
	pipeimg convert ../edited found
	pipeimg convert --layout spliced image wanted
	assert_same_file wanted found
}

@test "unknown keys are reported, wherever they are" {
	hold p:one
	pipeimg capture -q --pid "$holder" -o image
	pipeimg convert --to json image json
	refused_edit "record 1 (pipe $pipe)" '.entries[0].colour = "red"' json
	assert_error_has 'unknown key "colour", which an image cannot keep; remove it'
	assert_fails 1 'unknown key "colour"' pipeimg show ../edited
	run pipeimg verify ../edited
	assert_status 1
	assert_output_has 'unknown key "colour"'
	refused_edit 'unknown key "colour" in origin' '.entries[0].origin.colour = 5' json
	refused_edit 'unknown key "colour" in end' '.entries[0].origin.end[0].colour = {}' json
	refused_edit '"colour"' '.colour = "red"' json
	refused_edit '"colour"' -S '.colour = "red"' json
	synthetic image socket "id=5 bytes=3 4=hex:08011005 payload=one" >sockets
	pipeimg convert --to json sockets sockets.json
	refused_edit 'unknown key "colour" in scm' '.entries[0].scm[0].colour = 1' sockets.json
}

@test "a key that appears twice in one object is refused" {
	refused_entries "a key appears twice" "{$entry, \"size\": 4096, \"size\": 8192}"
	refused_entries "a key appears twice" "{$entry, \"origin\": {\"uid\": 1, \"uid\": 2}}"
}

@test "every edit of an image's JSON gives a valid queue or an error that names the entry" {
	local layout
	hold s:run p:first p:@4096 s:@5000 p:last --new s:text --new --new p:x
	pipeimg capture -q --pid "$holder" -o packets
	for layout in packets indexed spliced; do
		pipeimg convert packets image --layout "$layout" --force
		pipeimg convert --to json image ../json --force
		rm -rf ../edits
		mkdir ../edits
		"$python" "$json_images_py" edit ../json ../edits
		pipeimg show --json image >../shown
		"$python" "$json_images_py" judge "$program" ../shown ../edits/*.json || fail "$layout"
	done
}

# ---- invalid JSON --------------------------------------------------------------------------------

readonly entry='"pipe_id": 7, "bytes": 3, "extra": "YWJj\n"'

# refused MESSAGE TEXT: it is not an image; nothing is written, and show and verify report the same
refused() {
	printf '%s' "$2" >../bad
	assert_fails_cleanly 1 "$1" pipeimg convert ../bad out
	[[ $stderr == *"[PI013]" || $stderr == *"[PI008]" ]] || fail "(for $2)" "$(show_run)"
	assert_fails 1 "$1" pipeimg show ../bad
	run --separate-stderr pipeimg verify ../bad
	assert_status 1
	[[ $output == *"[PI013]"* || $output == *"[PI008]"* ]] || fail "(for $2)" "$(show_run)"
}

# Prints the JSON of an image with these entries.
refused_entries() {
	refused "$1" "{\"magic\": \"${3:-PIPES_DATA}\", \"entries\": [$2]}"
}

refused_value() {
	refused_entries "\"${2%%\"*}\" has an invalid value" "{$1, \"$2}"
}

@test "PI013: JSON cut at any byte" {
	local length size
	synthetic image pipe "id=7 bytes=3 size=65536 kind=1 page_size=4096 40=7 payload=abc" >../image
	pipeimg convert --to json ../image ../json
	size=$(stat -c %s ../json)
	for ((length = 1 + RANDOM % 2; length < size; length += 2)); do
		head -c "$length" ../json >../cut
		status=0
		"$program" convert ../cut out 2>../err || status=$?
		[[ $status -eq 1 && $(<../err) == "pipeimg: ../cut: "*"[PI0"* ]] ||
			fail "cut at $length: $status" "$(<../err)"
		[[ $(grep -c '' ../err) -eq 1 ]] || fail "cut at $length" "$(<../err)"
	done
	[[ -z $(ls -A) ]]
}

@test "randomly damaged JSON is read or refused; nothing crashes and no file is left" {
	local seed=${PIPEIMG_SEED:-$RANDOM} bad
	hold --name $'a"b' p:one s:run p:two --new --new p:x
	pipeimg capture -q --pid "$holder" -o ../image
	pipeimg convert --to json ../image ../json
	"$python" "$json_images_py" flip "$seed" 150 ../json
	for bad in ../json-*; do
		status=0
		"$program" convert "$bad" out 2>../err || status=$?
		[[ $status -le 1 ]] || fail "PIPEIMG_SEED=$seed, $bad: $status" "$(<../err)"
		[[ $status -eq 0 || $(<../err) == "pipeimg: "* ]] ||
			fail "PIPEIMG_SEED=$seed, $bad" "$(<../err)"
		rm -f out
		[[ -z $(ls -A) ]] || fail "PIPEIMG_SEED=$seed, $bad: $(ls -A)"
	done
}

@test "PI008: JSON of another image type" {
	refused "is JSON of an image of type PSTREE" '{"magic": "PSTREE", "entries": []}'
	refused "is JSON of an image of type NONSENSE" '{"magic": "NONSENSE", "entries": []}'
	refused "is JSON of an image of type" '{"magic": {"x": 1}, "entries": []}'
	refused "is JSON of an image of type" '{"magic": "", "entries": []}'
}

@test "PI013: JSON that does not describe an image" {
	refused 'no "magic"' '{}'
	refused 'is JSON of another program: its first key is "a"' '{"a": "b"}'
	refused '"entries" is not an array' '{"magic": "PIPES_DATA", "entries": {}}'
	refused '"entries" is not an array' '{"magic": "PIPES_DATA", "entries": "x"}'
	refused "an unknown key" '{"magic": "PIPES_DATA", "entries": [], "x": 5}'
	refused "" '{"magic": 5, "entries": []}'
	refused "" "{'magic': 'PIPES_DATA', 'entries': []}"
	refused "" '{magic: "PIPES_DATA"}'
}

@test "PI013: JSON with a magic but no entries is not an image either" {
	refused '"entries"' '{"magic": "PIPES_DATA"}'
	refused '"entries"' '{"magic": "PIPES_DATA", "entires": []}'
}

@test "PI013: JSON that gives its type or its entries twice" {
	refused '"magic"' '{"magic": "PIPES_DATA", "magic": "FIFO_DATA", "entries": []}'
	refused '"entries"' "{\"magic\": \"PIPES_DATA\", \"entries\": [{$entry}], \"entries\": []}"
}

@test "PI013: text after the image" {
	refused "text after the image" '{"magic": "PIPES_DATA", "entries": []} x'
	refused "text after the image" '{"magic": "PIPES_DATA", "entries": []}{}'
	refused "text after the image" '{"magic": "PIPES_DATA", "entries": []}]'
}

@test "PI013: missing or superfluous commas and colons" {
	refused "a comma is missing" "{\"magic\": \"PIPES_DATA\" \"entries\": []}"
	refused "a colon is missing" '{"magic" "PIPES_DATA", "entries": []}'
	refused "" '{"magic": "PIPES_DATA", "entries": [],}'
	refused "" '{, "magic": "PIPES_DATA", "entries": []}'
	refused_entries "a comma is missing" "{$entry} {$entry}"
	refused_entries "" "{$entry},"
	refused_entries "" ",{$entry}"
	refused_entries "" "{$entry,}"
	refused_entries "" "{$entry \"size\": 1}"
}

@test "PI013: entries that are not objects, or lack a required key" {
	refused_entries "" 5
	refused_entries "" null
	refused_entries "an entry that is not an object" '"x"'
	refused_entries "an entry that is not an object" '[]'
	refused_entries 'an entry without the required "pipe_id"' '{}'
	refused_entries 'an entry without the required "bytes"' '{"pipe_id": 7}'
	refused_entries 'an entry without the required "id_for"' "{$entry}" SK_QUEUES
	refused_entries 'an entry without the required "length"' '{"id_for": 7}' SK_QUEUES
	refused_entries 'record 2 at ' "{$entry}, {}"
}

@test "PI013: a length that differs from the payload's" {
	refused_entries '3 bytes in "extra", but the entry says 4' \
		'{"pipe_id": 7, "bytes": 4, "extra": "YWJj"}'
	refused_entries '3 bytes in "extra", but the entry says 2' \
		'{"pipe_id": 7, "bytes": 2, "extra": "YWJj"}'
	refused_entries '0 bytes in "extra", but the entry says 3' '{"pipe_id": 7, "bytes": 3}'
	refused_entries '1 byte in "extra", but the entry says 0' \
		'{"id_for": 7, "length": 0, "extra": "YQ=="}' SK_QUEUES
}

@test "PI013: payloads that are not base64" {
	local text
	for text in Y YW YWJ 'YWJj!' 'YWJj=' 'YQ==YQ==' '=' ' YWJj' 'YWJj\r\n' 'YW\u0000j' 'YW\u00e9j'; do
		refused_entries '"extra" has an invalid value' \
			"{\"pipe_id\": 7, \"bytes\": 3, \"extra\": \"$text\"}"
	done
	for text in 5 '["YWJj"]' '{}' true; do
		refused_entries '"extra" has an invalid value' \
			"{\"pipe_id\": 7, \"bytes\": 3, \"extra\": $text}"
	done
}

@test "PI013: values that are not numbers, or are too large" {
	local value
	for value in -1 1.5 1e3 true '[]' '{}' '"x"' '""' '"-1"' '" 1"' '"1 "' '"0x"' '"0x1g"' 4294967296 \
		18446744073709551616 99999999999999999999999999 '"0x100000000"' \
		'"99999999999999999999999999"'; do
		refused_value "$entry" "size\": $value"
	done
	for value in -1 '"x"' 4294967296; do
		refused_value '"bytes": 3, "extra": "YWJj"' "pipe_id\": $value"
	done
}

@test "PI013: our fields with values of other types" {
	refused_value "$entry" 'kind": 1'
	refused_value "$entry" 'kind": "packet"'
	refused_value "$entry" 'chunks": ["x"]'
	refused_value "$entry" 'chunks": [-3]'
	refused_value "$entry" 'xxh3": "x"'
	refused_value "$entry" 'unknown": ["!"]'
	refused_value "$entry" 'unknown": [5]'
	refused_entries '"uid" has an invalid value' "{$entry, \"origin\": {\"uid\": \"x\"}}"
	refused_entries 'without the required "pid"' "{$entry, \"origin\": {\"end\": [{}]}}"
	refused_entries '"rights" has an invalid value' \
		'{"id_for": 7, "length": 0, "scm": [{"type": 1, "rights": ["x"]}]}' SK_QUEUES
}

@test "PI013: our lists and objects with other types: boundaries must not get lost silently" {
	local value
	for value in 5 '"x"' '{}'; do
		refused_value "$entry" "chunks\": $value"
		refused_value "$entry" "unknown\": $value"
		refused_entries '"end" has an invalid value' "{$entry, \"origin\": {\"end\": $value}}"
		refused_entries '"scm" has an invalid value' "{\"id_for\": 7, \"length\": 0, \"scm\": $value}" \
			SK_QUEUES
		refused_entries '"rights" has an invalid value' \
			"{\"id_for\": 7, \"length\": 0, \"scm\": [{\"type\": 1, \"rights\": $value}]}" SK_QUEUES
	done
	for value in 5 '"x"' '[]'; do
		refused_value "$entry" "origin\": $value"
	done
}

# nested OPENING CLOSING: nests them a hundred thousand times
nested() {
	head -c 100000 /dev/zero | sed "s/\x0/$1/g"
	head -c 100000 /dev/zero | sed "s/\x0/$2/g"
}

@test "PI013: values nested a hundred thousand times" {
	local before='{"magic": "PIPES_DATA", ' bad
	{ nested '[' '' && echo ; } >../list
	{ echo "$before\"x\": " && nested '[' '' ; } >../open
	{ echo "$before\"x\": " && nested '[' ']' && echo ', "entries": []}'; } >../closed
	{ echo "$before\"entries\": [" && nested '{"a":' '}' && echo ']}'; } >../entry
	nested '{' '}' >../key
	for bad in ../open ../closed ../entry ../key; do
		assert_fails_cleanly 1 "[PI013]" pipeimg convert "$bad" out
	done
	assert_fails_cleanly 1 "" pipeimg convert ../list out
}

@test "bad JSON on standard input leaves no file" {
	printf '{"magic": "PIPES_DATA", "entries": [' >../bad
	run --separate-stderr pipeimg convert - out <../bad
	assert_status 1
	assert_error_has "standard input: "
	[[ -z $(ls -A) ]]
	printf precious >out
	assert_fails_cleanly 1 "[PI013]" pipeimg convert --force ../bad out
	[[ $(<out) == precious ]]
}

@test "a directory or archive with one queue image is converted to the JSON of that image" {
	pipeimg convert --to json "$fixtures/criu-4.2/sizes/pipes-data.img" wanted
	pipeimg convert --to json "$fixtures/criu-4.2/sizes" out
	cmp out wanted
	pipeimg convert --to json "$fixtures/criu-4.2/sizes/pipes-data.img" wanted --force --layout spliced
	tar -C "$fixtures/criu-4.2" -cz sizes | pipeimg convert --to json - out --force --layout spliced
	cmp out wanted
	cp -r "$fixtures/criu-4.2/sizes" several
	synthetic image fifo "id=7 payload=one" >several/fifo-data.img
	assert_fails_cleanly 2 "several images, but a file can contain only one; choose one with --type" \
		pipeimg convert --to json several out --force
	cmp out wanted
	assert_fails_cleanly 2 "CRIU cannot read another format" pipeimg convert --to json \
		several/pipes-data.img several/fifo-data.img --force
	assert_fails_cleanly 2 "CRIU cannot read another format" pipeimg convert --to pcapng \
		several several/pipes-data.img --force
	rm several/*-data.img several/files.img
	assert_fails_cleanly 2 "has no queue image" pipeimg convert --to json several out --force
}

# ---- several images ------------------------------------------------------------------------------

@test "an archive of several images is refused with both ways out" {
	tar -C "$fixtures/criu-4.2" -cf archive fifo-and-dgram
	assert_fails_cleanly 2 "choose one with --type, or write a file for each with the name of a new directory that ends in '/'" \
		pipeimg convert --to json archive new
	assert_error_has "pipes-data.img (1 queue, 10 bytes), fifo-data.img (1 queue, 520 bytes), sk-queues.img (2 queues, 23 bytes)"
}

@test "--type chooses the image of an archive, a directory, and standard input, for JSON, an image and pcapng" {
	local directory=$fixtures/criu-4.2/fifo-and-dgram type file
	tar -C "$fixtures/criu-4.2" -cf archive fifo-and-dgram
	while read -r type file; do
		pipeimg convert --to json "$directory/$file" wanted --force
		for input in archive "$directory" -; do
			pipeimg convert --to json --type "$type" "$input" found --force <archive
			assert_same_file wanted found
			pipeimg convert --to img --type "$type" "$input" image --force <archive
			assert_same_file "$directory/$file" image
			pipeimg convert --to pcapng --type "$type" "$input" packets --force <archive
			[[ $(od -An -c packets | tr -d ' \n' | grep -o ':\[[0-9]*\]' | sort -u | wc -l) -eq $(pipeimg show --json "$directory/$file" | jq '.queues | length') ]]
		done
	done <<-END
		pipe pipes-data.img
		fifo fifo-data.img
		socket sk-queues.img
	END
	assert_fails_cleanly 2 "image: has no image of FIFOs" pipeimg convert --type fifo image new
	assert_fails_cleanly 2 "--type takes pipe, fifo or socket, not 'tty'" pipeimg convert --type tty archive new
}

@test "--type with a layout or a rule converts only that image of a dump" {
	pipeimg convert --type pipe --layout packets "$fixtures/criu-4.2/length-prefixed" new --frame u32le
	[[ $(pipeimg show --json new | jq -c '.queues[] | [.layout, .packets]') == '["packets",6]' ]]
}

@test "a new directory gets a JSON file for each image, which is that of the image itself" {
	local directory=$fixtures/criu-4.2/fifo-and-dgram name
	tar -C "$fixtures/criu-4.2" -cf archive fifo-and-dgram
	mkdir empty
	while read -r input target; do
		# shellcheck disable=SC2094 # the archive is not written to
		run --separate-stderr "$program" convert --to json "$input" "$target" <archive
		assert_status 0
		assert_no_error
		[[ $(ls -A "$target") == $'fifo-data.json\npipes-data.json\nsk-queues.json' ]]
		for name in fifo-data pipes-data sk-queues; do
			pipeimg convert --to json "$directory/$name.img" wanted --force
			assert_same_file wanted "$target/$name.json"
			pipeimg convert "$target/$name.json" image --force
			assert_same_file "$directory/$name.img" image
		done
	done <<-END
		archive new/
		$directory from-directory/
		archive empty
		- from-input/
	END
	pipeimg convert --to json --type fifo archive one/
	[[ $(ls -A one) == fifo-data.json ]]
	pipeimg convert --to json "$directory/fifo-data.img" single/
	assert_same_file one/fifo-data.json single/fifo-data.json
	pipeimg convert --to json --compress archive compressed/
	zstd -q -d -c compressed/fifo-data.json.zst | cmp - one/fifo-data.json
	pipeimg convert --to pcapng archive packets/
	[[ $(ls -A packets) == $'fifo-data.pcapng\npipes-data.pcapng\nsk-queues.pcapng' ]]
}

@test "each of several FIFOs with one number gets a file" {
	synthetic image fifo "id=9 chunks=p3,p3 bytes=6 payload=abcdef" >fifo-data.img
	mkdir dump
	mv fifo-data.img dump
	synthetic image fifo "id=9 chunks=p2 bytes=2 payload=xy" >dump/fifo-data-2.img
	pipeimg convert --to json dump new/
	[[ $(ls -A new) == $'fifo-data-2.json\nfifo-data.json' ]]
	[[ $(pipeimg show --raw new/fifo-data-2.json) == xy && $(pipeimg show --raw new/fifo-data.json) == abcdef ]]
}

@test "an existing directory that is not empty is refused, and a failure leaves no directory" {
	tar -C "$fixtures/criu-4.2" -cf archive fifo-and-dgram
	mkdir full
	touch full/file
	assert_fails_cleanly 3 "full: already exists and is not empty" pipeimg convert --to json archive full
	assert_fails_cleanly 1 "[PI" pipeimg convert --to json --boundaries archive <(head -c 3000 archive) new/
	assert_fails_cleanly 1 "does not fit" pipeimg convert --to json --frame u32be archive new/
}
