#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# pipeimg upgrade: other images get our layouts, with packet boundaries from a rule or a capture. A queue that a rule
# does not fit stays unchanged.
# shellcheck disable=SC2154 # hold sets variables
load helpers.bash
load conversion.bash

readonly prefixed=$fixtures/criu-4.2/length-prefixed
readonly records=$fixtures/criu-4.2/fixed-records

# Tests compare a work directory before and after, so their own files go elsewhere.
setup() {
	mkdir "$BATS_TEST_TMPDIR/work"
	cd -- "$BATS_TEST_TMPDIR/work" || return
}

# chunks IMAGE [PIPE]: prints "KIND LENGTH" of each
chunks() {
	pipeimg show --json "$1" ${2:+--pipe "$2"} |
		jq -r '.queues[].chunks[] | "\(.kind) \(.length)"'
}

# layouts IMAGE: prints those of its queues that are not empty
layouts() {
	pipeimg show --json "$1" | jq -r '[.queues[] | select(.bytes > 0) | .layout] | unique | join(" ")'
}

# version IMAGE-FILE
version() {
	[[ $(od -An -tx4 -N4 "$1") == *54564319 ]] && echo 1.1 || echo 1.0
}

# upgrades ARGUMENT...: succeeds without errors
upgrades() {
	run --separate-stderr pipeimg upgrade "$@"
	assert_status 0
	assert_no_error
}

# verifies IMAGE: it has no findings except notes
verifies() {
	run --separate-stderr pipeimg verify --anywhere "$1"
	[[ $status -eq 0 && $output != *warning* && $output != *error* ]] ||
		fail "verify finds something in $1" "$(show_run)"
}

# The reads that a fixture's processes would have made: JSON lists of base64.
true_reads() {
	jq -c '.pipes[].reads' "$1/truth.json"
}

shown_chunks() {
	pipeimg show --json "$1" | jq -c '.queues[] | select(.type == "pipe") | [.chunks[].data]'
}

# Pipes with three and six bytes, and an empty one.
small_image() {
	synthetic image "$@" pipe "id=7 bytes=3 size=65536 payload=abc" "id=8 payload=abcdef" "id=9"
}

# ---- rules ---------------------------------------------------------------------------------------

@test "length prefixes give exactly the packets that the process would have read" {
	upgrades "$prefixed/pipes-data.img" -o new --frame u32le
	true_reads "$prefixed" >../wanted
	shown_chunks new >../found
	assert_same_text ../wanted ../found
	chunks new >../found
	printf 'packet %s\n' 5 9 4 704 4096 37 >../wanted
	assert_same_text ../wanted ../found
	verifies new
}

@test "fixed:304 and autofs5 both split into records of 304 bytes" {
	upgrades "$records/pipes-data.img" -o fixed --frame fixed:304
	true_reads "$records" >../wanted
	shown_chunks fixed >../found
	assert_same_text ../wanted ../found
	upgrades "$records/pipes-data.img" -o autofs --frame autofs5
	assert_same_file fixed autofs
	verifies fixed
}

@test "delimiters may contain escapes" {
	synthetic image pipe "id=7 payload=ab;c;;" >image
	upgrades image -o new --frame 'delim:;'
	printf 'packet %s\n' 3 2 1 >../wanted
	chunks new >../found
	assert_same_text ../wanted ../found
	upgrades image -o hex --frame 'delim:\x3b'
	assert_same_file new hex
}

@test "page splits a long write as the kernel did" {
	synthetic image pipe "id=7 payload=@10000" >image
	upgrades image -o new --frame page
	printf 'packet %s\n' 4096 4096 1808 >../wanted
	chunks new >../found
	assert_same_text ../wanted ../found
}

@test "an upgraded image is restored packet by packet" {
	upgrades "$prefixed/pipes-data.img" -o new --frame u32le
	restored_reads new >../reads
	[[ $(cut -d ' ' -f 1 ../reads | tr '\n' ' ') == "5 9 4 704 4096 37 empty " ]] ||
		fail "$(<../reads)"
	[[ $(sed -n 2p ../reads) == "9 05000000"* ]]
	# A short read loses the rest of its packet, as from a pipe in packet mode.
	[[ $(restored_reads new --sizes 4 | cut -d ' ' -f 1 | tr '\n' ' ') == "4 4 4 4 4 4 empty " ]]
}

@test "if a rule does not fit, the error gives the offset, and nothing is written" {
	cp "$prefixed/pipes-data.img" image
	assert_fails_cleanly 1 \
		"image: pipe 30740 at 0x8: u16le does not fit at byte 3 of the queue: a packet of 16898 bytes, but only 4852 are left" \
		pipeimg upgrade image -o new --frame u16le
	assert_fails_cleanly 1 "u16le does not fit at byte" pipeimg upgrade image --in-place --frame u16le
	assert_fails_cleanly 1 "u16le does not fit at byte" pipeimg upgrade image -o - --frame u16le
	printf precious >old
	assert_fails_cleanly 1 "u16le does not fit" pipeimg upgrade image -o old --force --frame u16le
	[[ $(<old) == precious ]]
}

@test "a rule that leaves only the last byte over does not fit" {
	synthetic image pipe "id=7 payload=abcdefg" >image
	assert_fails_cleanly 1 "fixed:3 does not fit at byte 6 of the queue: a packet of 3 bytes, but only 1" \
		pipeimg upgrade image -o new --frame fixed:3
	assert_fails_cleanly 1 "delim:f does not fit at byte 6 of the queue: 1 byte is left" \
		pipeimg upgrade image -o new --frame delim:f
}

@test "a rule that fits one queue but not the next writes nothing" {
	small_image >image
	assert_fails_cleanly 1 "image: pipe 7 at 0x8: fixed:2 does not fit at byte 2" \
		pipeimg upgrade image -o new --frame fixed:2
	assert_fails_cleanly 1 "image: pipe 8 at " pipeimg upgrade image --in-place --frame delim:c
}

@test "no packet may be longer than a page of its machine, if that is known" {
	synthetic image pipe "id=7 bytes=8192 kind=0 page_size=4096 payload=@8192" >known
	assert_fails_cleanly 1 "longer than a page (4096)" \
		pipeimg upgrade known -o new --frame fixed:8192
	synthetic image pipe "id=7 payload=@8192" >unknown
	upgrades unknown -o new --frame fixed:8192
}

# ---- rules for one pipe --------------------------------------------------------------------------

@test "a rule for one pipe leaves the others unchanged" {
	small_image >image
	upgrades image -o new --frame 8=fixed:2
	[[ $(chunks new 7) == "stream 3" ]]
	[[ $(chunks new 8) == $'packet 2\npacket 2\npacket 2' ]]
	[[ -z $(chunks new 9) ]]
	upgrades image -o same --frame 'pipe:[8]=fixed:2'
	assert_same_file new same
}

@test "a rule for one pipe takes precedence over the rule for all, in any order" {
	small_image >image
	upgrades image -o first --frame 7=fixed:1 --frame fixed:3
	[[ $(chunks first 7) == $'packet 1\npacket 1\npacket 1' ]]
	[[ $(chunks first 8) == $'packet 3\npacket 3' ]]
	upgrades image -o second --frame fixed:3 --frame 7=fixed:1
	assert_same_file first second
}

@test "a rule for a pipe that is not in the image is a usage error" {
	small_image >image
	assert_fails_cleanly 2 "pipe 77: a rule is given for it, but the image has no such pipe" \
		pipeimg upgrade image -o new --frame 77=u8
	assert_fails_cleanly 2 "pipe 77: " pipeimg upgrade image --in-place --frame 8=fixed:2 --frame 77=u8
}

@test "a rule for a pipe with known packets is a usage error; the rule for all skips such pipes" {
	small_image >image
	upgrades image -o known --frame 8=fixed:2
	assert_fails_cleanly 2 "pipe 8: a rule is given for it, but its packet boundaries are known" \
		pipeimg upgrade known -o new --frame 8=fixed:3
	upgrades known -o new --frame fixed:3
	[[ $(chunks new 7) == "packet 3" ]]
	[[ $(chunks new 8) == $'packet 2\npacket 2\npacket 2' ]]
}

@test "nonsensical rules are usage errors" {
	small_image >image
	wrong() {
		assert_fails_cleanly 2 "$1" pipeimg upgrade "${@:2}"
		assert_error_has --help
	}
	wrong "takes one image" -o new
	wrong "takes one image" image image -o new
	wrong "either -o OUT or --in-place" image
	wrong "either -o OUT or --in-place" image -o new --in-place
	wrong "more than one rule for the same pipe" image -o new --frame 7=u8 --frame 7=u16
	wrong "more than one rule for all pipes" image -o new --frame u8 --frame u8
	wrong "--frame auto only lists" image --frame auto --frame u8
	wrong "unknown rule 'x'" image -o new --frame x
	wrong "unknown rule ''" image -o new --frame 7=
	wrong "use fixed:N" image -o new --frame fixed:0
	wrong "" image -o new --frame
	wrong "" image -o
	wrong "" image --bogus
	assert_fails_cleanly 2 "standard input cannot be upgraded in place" pipeimg upgrade - --in-place
}

@test "--frame help lists all rules" {
	local rule
	run --separate-stderr pipeimg upgrade --frame help
	assert_status 0
	for rule in fixed:N u8 u16le u16be u32le u32be delim:STRING autofs5 page; do
		assert_output_has "  $rule"
	done
}

# ---- FIFOs that CRIU cannot open -----------------------------------------------------------------

readonly packet_fifo=$fixtures/field/packet-fifo-without-hook

# assert_repaired DUMP: CRIU can open its FIFOs, and nothing else has changed
assert_repaired() {
	run pipeimg verify "$1"
	assert_status 0
	assert_output_lacks PI314
	[[ $(pipeimg show --json "$1" | jq -c '[.queues[].ends[] | .packet_mode]') == '[true,true]' ]]
}

# Prints the flags of a dump's FIFOs, as CRIU reads them.
flags_of_fifos() {
	crit decode -i "$1/files.img" | jq -c '[.entries[] | select(.reg.name // "" | endswith(".fifo")) | .reg.flags]'
}

# Prints everything else that CRIU reads from a dump's files.
other_files() {
	crit decode -i "$1/files.img" |
		jq '.entries | map(if .reg.name // "" | endswith(".fifo") then del(.reg.flags) else . end)'
}

@test "a dump with FIFOs in packet mode is repaired so that CRIU opens them without O_DIRECT" {
	need_program crit
	upgrades "$packet_fifo" -o new
	assert_output_has "fifo 11143531  /run/demo/nohook/plain.fifo: packet mode removed, so that CRIU can open it"
	assert_repaired new
	[[ $(flags_of_fifos "$packet_fifo") == '[49154,49154]' ]]
	[[ $(flags_of_fifos new) == '[32770,32770]' ]]
	other_files "$packet_fifo" >old_files
	other_files new >new_files
	assert_same_text old_files new_files
	for file in core-2124 fdinfo-2 fifo-data ghost-file-1 ids-2124 inventory pstree remap-fpath; do
		assert_same_file "$packet_fifo/$file.img" "new/$file.img"
	done
}

@test "criu-hook --explain says what a dump with FIFOs in packet mode needs" {
	cp -r "$packet_fifo" dump
	run --separate-stderr pipeimg criu-hook --explain dump
	assert_output_has "pipeimg upgrade dump --in-place"
	pipeimg upgrade -q dump --in-place
	run --separate-stderr pipeimg criu-hook --explain dump
	assert_output_lacks "pipeimg upgrade"
}

@test "a dump with FIFOs in packet mode is repaired in place, once" {
	cp -r "$packet_fifo" dump
	upgrades dump --in-place
	assert_repaired dump
	cp dump/files.img before
	upgrades dump --in-place
	assert_output_lacks "packet mode removed"
	assert_same_file before dump/files.img
}

@test "a dump with FIFOs in packet mode is repaired in an archive" {
	tar -cf dump.tar -C "$fixtures/field" packet-fifo-without-hook
	upgrades dump.tar -o new.tar
	assert_repaired new.tar
}

@test "a rule finds the packets of a repaired FIFO, before or after the repair" {
	upgrades "$packet_fifo" -o repaired
	upgrades repaired -o after --frame fixed:1
	upgrades "$packet_fifo" -o at-once --frame fixed:1
	[[ $(pipeimg show --json after | jq -c '[.queues[].packets]') == '[11,11]' ]]
	assert_same_file after/fifo-data.img at-once/fifo-data.img
}

@test "if the repaired files image cannot be written, nothing changes" {
	local before
	cp -r "$packet_fifo" dump
	chmod +w dump
	truncate -s -1 dump/files.img
	before=$(listing dump)
	run pipeimg upgrade dump --in-place
	assert_status 1
	[[ $(listing dump) == "$before" ]]
}

@test "--json reports the repair" {
	run --separate-stderr pipeimg upgrade --json "$packet_fifo" -o new
	[[ $(jq -c '.repaired | map([.type, .id, .path])' <<<"$output") == \
		'[["fifo",11143531,"/run/demo/nohook/plain.fifo"],["fifo",11143532,"/run/demo/nohook/deleted.fifo"]]' ]]
}

# ---- --frame auto --------------------------------------------------------------------------------

@test "--frame auto proposes the correct rules, and writes nothing" {
	local before
	before=$(listing "$fixtures")
	upgrades "$prefixed" --frame auto
	assert_output $'pipe 30740  4855 bytes\n  --frame 30740=u32le        6 packets of 4 to 4096 bytes'
	upgrades "$records/pipes-data.img" --frame auto
	assert_output_has "--frame 30615=fixed:304    12 packets of 304 bytes"
	[[ $(listing "$fixtures") == "$before" ]]
}

@test "--frame auto proposes autofs5 if packets begin like autofs packets" {
	# Pipe 7, 608 bytes: two version 5 packets.
	"$python" -c 'import struct, sys
packet = struct.pack("<ii", 5, 0) + bytes(range(200)) + bytes(96)
head = struct.pack("<III", 0x54564319, 0x56453709, 5) + bytes.fromhex("080710e004")
sys.stdout.buffer.write(head + packet * 2)' >image
	upgrades image --frame auto
	assert_output_has "--frame 7=autofs5 "
	assert_output_has "--frame 7=fixed:304 "
}

@test "--frame auto proposes the likeliest rule first, and rules that also fit zeros last" {
	local rules
	upgrades "$fixtures/field/autofs-merged" --frame auto
	rules=$(sed -n 's/^  --frame [0-9]*=\([^ ]*\) .*/\1/p' <<<"$output")
	# delim:\\0 and u8 would fit too, but give more packets than the pipe has slots.
	[[ $rules == $'autofs5\nfixed:304' ]]
}

@test "--frame auto --json has the same rules with their counts" {
	run --separate-stderr pipeimg upgrade --json --frame auto "$fixtures/field/autofs-merged"
	assert_status 0
	[[ $(jq -c '.queues[] | [.type, .id, .bytes, .rules[0]]' <<<"$output") == \
		'["pipe",3292555,912,{"rule":"autofs5","packets":3,"shortest":304,"longest":304}]' ]]
	[[ $(jq -r '.queues[].rules[].rule' <<<"$output") == $'autofs5\nfixed:304' ]]
	synthetic image pipe 'id=7 payload=abc' >image
	[[ $(pipeimg upgrade --json --frame auto image | jq -c '.queues[].rules') == '[]' ]]
}

@test "--frame auto says so if no rule fits, and skips queues that are known or empty" {
	small_image >image
	upgrades image --frame auto
	assert_output_has $'pipe 7  3 bytes\n  no rule fits all bytes; give one that you know (--frame help lists them)'
	assert_output_has "--boundaries CAPTURE"
	assert_output_lacks "pipe 9"
	upgrades image -o known --frame 8=fixed:2
	upgrades known --frame auto
	assert_output_lacks "pipe 8"
}

@test "--frame accepts the rules that --frame auto proposes" {
	local rule
	upgrades "$prefixed" --frame auto
	rule=$(sed -n 's/^  --frame \([^ ]*\) .*/\1/p' <<<"$output")
	upgrades "$prefixed/pipes-data.img" -o new --frame "$rule"
	[[ $(chunks new | wc -l) -eq 6 ]]
	synthetic image pipe 'id=7 payload=a;b;' >image
	printf 'x\ny\n' | dd of=image bs=1 seek=$(($(stat -c %s image) - 4)) conv=notrunc status=none
	upgrades image --frame auto
	rule=$(sed -n 's/^  --frame \([^ ]*\) .*/\1/p' <<<"$output")
	[[ $rule == '7=delim:\n' ]]
	upgrades image -o delimited --frame "$rule"
	[[ $(chunks delimited) == $'packet 2\npacket 2' ]]
}

@test "boundaries that give more packets than the pipe has slots are refused, by every way to give them" {
	synthetic image pipe "id=7 size=65536 payload=@66" >image
	synthetic image pipe "id=7 size=16384 payload=@8" >small
	synthetic image pipe "id=7 size=65536 chunks=p1,p1,p1,p1,p1,p1,p1,p1 bytes=8 payload=@8" >larger
	for command in "upgrade image -o new" "convert image new --to json" "convert image new --layout indexed"; do
		# shellcheck disable=SC2086 # these are words
		run --separate-stderr pipeimg $command --frame fixed:3
		assert_status 1
		assert_error_has "pipe 7: fixed:3 gives 22 packets, but a pipe with a capacity of 65536 bytes has only 16 slots"
	done
	run --separate-stderr pipeimg upgrade small -o new --boundaries larger
	assert_status 1
	assert_error_has "pipe 7: larger gives 8 packets, but a pipe with a capacity of 16384 bytes has only 4 slots"
	[[ ! -e new ]]
	upgrades image -o new --frame fixed:6
	[[ $(chunks new | wc -l) -eq 11 ]]
}

# ---- boundaries of another image -----------------------------------------------------------------

# Creates the image of a live pipe, and one of the same pipe as CRIU would write it.
capture_twice() {
	hold "$@"
	pipeimg capture -q --pid "$holder" -o exact
	pipeimg capture -q --pid "$holder" --layout spliced -o legacy
}

# reads_of_pipe IMAGE SIZES: restored_reads for one of several pipes
reads_of_pipe() {
	pipeimg restore "$1" --pipe "$pipe" --fds 0,9 -- "$read_log" --sizes "$2"
}

@test "boundaries from a capture of the same live pipe make the legacy image exact again" {
	capture_twice "${mixed_queue[@]}" --new --new s:only-a-stream
	upgrades legacy -o new --boundaries exact
	pipeimg diff exact new
	chunks exact >../wanted
	chunks new >../found
	assert_same_text ../wanted ../found
	verifies new
	for sizes in 1048576 3,1,7 4097; do
		reads_of_pipe new "$sizes" >../found
		reads_of_pipe exact "$sizes" >../wanted
		assert_same_text ../wanted ../found
	done
	reads_of "$holder" "$read_fd" --sizes 4097 >../original
	assert_same_text ../original ../found
}

@test "boundaries can come from any layout, and from standard input" {
	capture_twice "${mixed_queue[@]}"
	upgrades legacy -o wanted --boundaries exact
	pipeimg convert exact indexed --layout indexed
	upgrades legacy -o found --boundaries indexed
	assert_same_file wanted found
	run --separate-stderr pipeimg upgrade legacy -o piped --boundaries - <exact
	assert_status 0
	assert_same_file wanted piped
}

@test "boundaries from an image with different, fewer or more bytes are refused" {
	local name
	synthetic image pipe "id=7 payload=abcdef" >image
	synthetic image pipe "id=7 bytes=3 kind=1 payload=abc" "id=7 bytes=3 kind=1 payload=dXf" >other
	synthetic image pipe "id=7 bytes=3 kind=1 payload=abc" "id=7 bytes=2 kind=1 payload=de" >fewer
	synthetic image pipe "id=7 bytes=3 kind=1 payload=abc" "id=7 bytes=4 kind=1 payload=defg" >longer
	assert_fails_cleanly 1 "pipe 7: has different bytes in other, so the boundaries there cannot be used: the first difference is at byte 4" \
		pipeimg upgrade image -o new --boundaries other
	for name in fewer longer; do
		assert_fails_cleanly 1 "has different bytes in $name" \
			pipeimg upgrade image -o new --boundaries "$name"
		assert_fails_cleanly 1 "has different bytes in $name" \
			pipeimg upgrade image --in-place --boundaries "$name"
	done
	assert_fails_cleanly 3 "nowhere" pipeimg upgrade image -o new --boundaries nowhere
	head -c -1 longer >cut-off
	assert_fails_cleanly 1 "cut-off: " pipeimg upgrade image -o new --boundaries cut-off
}

@test "a pipe that is not in the other image stays unchanged; a rule takes precedence over a capture" {
	small_image >image
	synthetic image pipe "id=8 bytes=2 kind=1 payload=ab" "id=8 bytes=4 kind=1 payload=cdef" >other
	upgrades image -o new --boundaries other
	assert_output_has "pipe 8  6 bytes, 2 packets: taken from the other image"
	[[ $(chunks new 7) == "stream 3" ]]
	[[ $(chunks new 8) == $'packet 2\npacket 4' ]]
	upgrades image -o ruled --boundaries other --frame 8=fixed:3
	[[ $(chunks ruled 8) == $'packet 3\npacket 3' ]]
}

# ---- the resulting layout ------------------------------------------------------------------------

@test "a single file gets the packets layout and version 1.1" {
	small_image --v1.0 >old
	[[ $(version old) == 1.0 ]]
	upgrades old -o new --frame fixed:3
	[[ $(version new) == 1.1 && $(layouts new) == packets ]]
	upgrades old --in-place --frame fixed:3
	assert_same_file new old
	pipeimg convert new indexed --layout indexed
	upgrades indexed -o again
	assert_same_file new again
}

@test "a file of a CRIU directory gets the indexed layout, wherever the directory is" {
	copy_fixture criu-4.2/length-prefixed images
	upgrades images/pipes-data.img --in-place --frame u32le
	[[ $(layouts images/pipes-data.img) == indexed ]]
	verifies images
	copy_fixture criu-4.2/length-prefixed here
	cd here
	upgrades pipes-data.img --in-place --frame u32le
	[[ $(layouts pipes-data.img) == indexed ]]
	cd ..
	# Its destination decides.
	upgrades "$prefixed/pipes-data.img" -o images/other.img --frame u32le
	[[ $(layouts images/other.img) == indexed ]]
	upgrades images/pipes-data.img -o single
	[[ $(layouts single) == packets ]]
}

@test "a file of a CRIU directory gets the indexed layout even through a symbolic link" {
	copy_fixture criu-4.2/length-prefixed images
	ln -s images/pipes-data.img link
	upgrades link --in-place --frame u32le
	[[ $(layouts images) == indexed ]]
}

@test "a CRIU directory gets the indexed layout, all other files stay, and crit reads it" {
	need_program crit
	upgrades "$prefixed" -o new --frame u32le
	[[ $(layouts new) == indexed ]]
	[[ $(chunks new | wc -l) -eq 6 ]]
	pipeimg show --json new | "$python" "$images_py" crit new/pipes-data.img
	listing "$prefixed" | grep -v pipes-data >../wanted
	listing new | grep -v pipes-data >../found
	assert_same_text ../wanted ../found
	crit decode -i new/pipes-data.img | jq 'del(.entries[].chunks)' >../found
	crit decode -i "$prefixed/pipes-data.img" | jq . >../wanted
	assert_same_text ../wanted ../found
	verifies new
	[[ $(restored_reads new --sizes 1048576 | head -n 1) == "5 0100000042" ]]
}

@test "a CRIU directory keeps its image version, also in place" {
	local image
	mkdir old
	for image in "$fixtures"/criu-4.2/fifo-and-dgram/*.img; do
		[[ $image == */inventory.img ]] && cp "$image" old || tail -c +5 "$image" >"old/${image##*/}"
	done
	upgrades old -o new
	[[ $(version new/pipes-data.img) == 1.0 && $(version new/fifo-data.img) == 1.0 ]]
	upgrades old --in-place
	diff -r old new
	verifies old
}

@test "a FIFO's queue is split like a pipe's, and datagrams stay unchanged" {
	copy_fixture criu-4.2/fifo-and-dgram images
	upgrades images -o new --frame 10747907=fixed:40
	[[ $(chunks new 10747907 | sort -u) == "packet 40" ]]
	assert_same_file images/sk-queues.img new/sk-queues.img
	upgrades images/sk-queues.img -o sockets
	assert_same_file images/sk-queues.img sockets
}

# ---- in place ------------------------------------------------------------------------------------

@test "--in-place keeps mode and owner, for files and directories" {
	local before
	copy_fixture criu-4.2/length-prefixed images
	small_image >file
	chmod 0640 file images/pipes-data.img
	chmod 0750 images
	[[ $EUID -ne 0 ]] || chown 65534:100 file images/pipes-data.img images
	before=$(stat -c '%n %a %u %g' file images images/*)
	upgrades file --in-place
	upgrades images --in-place --frame u32le
	[[ $(stat -c '%n %a %u %g' file images images/*) == "$before" ]] ||
		fail "$before" "--- now" "$(stat -c '%n %a %u %g' file images images/*)"
	[[ $(layouts images) == indexed && $(layouts file) == packets ]]
}

@test "an image that a dump contains as a link gets the indexed layout" {
	mkdir store
	copy_fixture criu-4.2/length-prefixed dump
	mv dump/pipes-data.img store
	ln -s ../store/pipes-data.img dump/pipes-data.img
	upgrades dump/pipes-data.img --in-place --frame u32le
	[[ $(pipeimg show --json dump | jq -r '.queues[0].layout') == indexed ]]
	[[ -L dump/pipes-data.img ]]
}

# bats test_tags=race
@test "--in-place refuses anything except files, and writes nothing to it" {
	small_image >image
	mkfifo fifo
	timeout 120 cat image >fifo &
	assert_fails_cleanly 2 "fifo: is not a regular file" pipeimg upgrade fifo --in-place
	kill $! 2>/dev/null || true
	wait $! || true
}

@test "--in-place through a symbolic link keeps the link" {
	small_image >image
	upgrades image -o wanted --frame fixed:3
	ln -s image link
	upgrades link --in-place --frame fixed:3
	[[ -L link ]]
	assert_same_file wanted image
}

@test "--in-place of a directory changes only queue images" {
	copy_fixture criu-4.2/fifo-and-dgram images
	find images -type f -exec touch -d '2001-02-03 04:05:06' {} +
	others() {
		find images ! -name images ! -name pipes-data.img ! -name fifo-data.img \
			-printf '%P %i %T+ %s %m\n' | sort
	}
	others >../wanted
	upgrades images --in-place
	others >../found
	assert_same_text ../wanted ../found
	[[ $(layouts images/pipes-data.img) == indexed && $(layouts images/fifo-data.img) == indexed ]]
}

@test "--in-place of a directory changes no image if one rule does not fit" {
	copy_fixture criu-4.2/fifo-and-dgram images
	assert_fails_cleanly 1 "does not fit" \
		pipeimg upgrade images --in-place --frame 30376=fixed:10 --frame 10747907=fixed:41
	assert_fails_cleanly 1 "does not fit" \
		pipeimg upgrade images --in-place --frame 30376=fixed:3 --frame 10747907=fixed:40
}

@test "upgrading an upgraded image does not change it" {
	small_image >image
	upgrades image --in-place --frame fixed:3
	cp image wanted
	upgrades image --in-place
	assert_same_file wanted image
	copy_fixture criu-4.2/length-prefixed images
	upgrades images --in-place --frame u32le
	cp -r images again
	upgrades again --in-place
	diff -r images again
}

# Faults during an upgrade in place: work/old is the old file or the upgraded one.
prepare_upgrade() {
	need_injection
	mkdir ../targets
	cd ../targets || return
	small_image >precious
	upgrades precious -o wanted --frame fixed:3
	skip_loading precious
	unset 'first_call[openat]'
	target=old
}

@test "--in-place: any failing file call leaves the old image or the new one, and no temporary files" {
	local call
	prepare_upgrade
	for call in write fsync linkat ?rename renameat ?renameat2 unlinkat; do
		at_every_call "$call" :error=EIO assert_all_or_nothing \
			upgrade -q --in-place --frame fixed:3 work/old
	done
}

@test "--in-place: SIGKILL at any point leaves the old image or the new one" {
	local call
	prepare_upgrade
	for call in write fsync linkat ?rename renameat ?renameat2 unlinkat; do
		at_every_call "$call" :signal=KILL assert_whole upgrade -q --in-place --frame fixed:3 work/old
	done
}

@test "damaged images are refused, and not changed" {
	small_image >image
	head -c -1 image >cut-off
	assert_fails_cleanly 1 "cut-off: " pipeimg upgrade cut-off --in-place
	assert_fails_cleanly 1 "cut-off: " pipeimg upgrade cut-off -o new
	assert_fails_cleanly 1 "cut-off: " pipeimg upgrade cut-off --frame auto
	: >empty
	assert_fails_cleanly 1 "empty: " pipeimg upgrade empty --in-place
	assert_fails_cleanly 3 "nowhere: " pipeimg upgrade nowhere --in-place
	[[ ! -e nowhere ]]
}

@test "an existing target is replaced only with --force" {
	small_image >image
	printf precious >new
	assert_fails_cleanly 3 "--force" pipeimg upgrade image -o new
	upgrades image -o new --force
	verifies new
}

# ---- reports -------------------------------------------------------------------------------------

@test "a line for each queue says how its packets are known, or why not" {
	small_image >image
	upgrades image -o new --frame 7=fixed:3
	[[ ${lines[0]} == "pipe 7  3 bytes, 1 packet: found by rule fixed:3" ]]
	[[ ${lines[1]} == "pipe 8  6 bytes, assumed to be a stream" ]]
	[[ ${lines[2]} == "pipe 9  0 bytes, empty" ]]
	[[ ${#lines[@]} -eq 3 ]]
	upgrades new -o again
	[[ ${lines[0]} == "pipe 7  3 bytes, 1 packet: unchanged" ]]
	[[ ${lines[1]} == "pipe 8  6 bytes, a stream, unchanged" ]]
	upgrades new -o quiet -q
	assert_output ""
}

@test "boundaries that are known to be lost are reported as lost" {
	synthetic directory images 100:pipe7:r 100:pipe7:W
	synthetic image pipe "id=7 bytes=6 size=65536 payload=abcdef" >images/pipes-data.img
	upgrades images -o new
	assert_output "pipe 7  6 bytes, boundaries lost; --frame or --boundaries may recover them"
	# They stay known: merged packets do not become a stream.
	cmp images/pipes-data.img new/pipes-data.img
	[[ $(pipeimg show --json new | jq '.queues[0].boundaries_lost') == true ]]
	upgrades new -o framed --frame fixed:3
	assert_output "pipe 7  6 bytes, 2 packets: found by rule fixed:3"
	# The image still records a write end in packet mode, but nothing is lost now.
	[[ $(pipeimg show --json framed | jq '.queues[0].boundaries_lost') == false ]]
}

@test "an empty queue is reported as empty, even if there is a rule for all" {
	small_image >image
	upgrades image -o new --frame fixed:3
	[[ ${lines[2]} == "pipe 9  0 bytes, empty" ]] || fail "$(show_run)"
}

@test "--json gives the same information" {
	small_image >image
	upgrades image -o new --frame 8=fixed:2 --json
	jq -e '.queues | length == 3 and
		(.[0] | .type == "pipe" and .id == 7 and .bytes == 3 and .packets_before == 0 and
			.packets == 0 and .layout_before == "spliced" and .layout == "packets" and
			.boundaries_lost == false and (has("rule") | not)) and
		(.[1] | .id == 8 and .packets == 3 and .rule == "fixed:2")' <<<"$output" >/dev/null ||
		fail "$(show_run)"
}

@test "an image is read from a FIFO" {
	synthetic image pipe "id=7 size=65536 payload=oneoneone" >legacy
	pipeimg upgrade -q <(cat legacy) -o new --frame fixed:3
	pipeimg upgrade -q legacy -o wanted --frame fixed:3
	assert_same_file wanted new
}

@test "with standard input and standard output, only the image is written" {
	small_image >image
	upgrades image -o wanted --frame fixed:3
	pipeimg upgrade - -o file --frame fixed:3 <image
	assert_same_file wanted file
	pipeimg upgrade -q - -o - --frame fixed:3 <image | cat >found
	assert_same_file wanted found
	pipeimg upgrade - -o - --frame fixed:3 <image >found
	assert_same_file wanted found
	run --separate-stderr pipeimg upgrade --json - -o - <image
	assert_status 2
	assert_output ""
}

# ---- what is up to date --------------------------------------------------------------------------

# identity FILE...: changes if a file is replaced or written to
identity() {
	stat -c '%n %i %y %z' "$@"
}

# stays IMAGE FILE...: IMAGE is up to date, and nobody touches the files
stays() {
	identity "${@:2}" >../before
	upgrades "$1" --in-place
	[[ ${lines[-1]} == "$1: unchanged, because it is up to date" ]] || fail "$(show_run)"
	identity "${@:2}" >../after
	assert_same_text ../before ../after
}

@test "--in-place keeps an image that is up to date, whatever it is stored in" {
	local form
	small_image >image
	stays_after_upgrade() {
		upgrades "$1" --in-place
		assert_output_lacks "up to date"
		stays "$1" "$1"
	}
	stays_after_upgrade image
	cp -r "$fixtures/criu-4.2/fifo-and-dgram" dump
	upgrades dump --in-place
	stays dump dump dump/*
	stays dump/pipes-data.img dump/*
	stays dump/sk-queues.img dump/*
	for form in tar tar.zst tar.gz tar.xz tar.bz2; do
		tar -C "$fixtures/criu-4.2" -caf "archive.$form" fifo-and-dgram
		stays_after_upgrade "archive.$form"
	done
	pipeimg compress -q image -o image.zst
	stays image.zst image.zst
	zstd -q image -o plain.zst
	stays plain.zst plain.zst
	gzip -k image
	stays image.gz image.gz
}

@test "--in-place keeps what capture wrote" {
	mkfifo fifo
	hold p:one s:two p:@4096 --new --new s:@5000 --fifo fifo p:fifo
	pipeimg capture -q --pid "$holder" -o directory/
	pipeimg capture -q --fifo fifo -o image
	stays directory directory directory/*
	stays image image
}

@test "--in-place with -q prints nothing for an image that is up to date, and JSON has unchanged" {
	small_image >image
	[[ $(pipeimg upgrade image --in-place --json | jq .unchanged) == false ]]
	[[ $(pipeimg upgrade image --in-place --json | jq .unchanged) == true ]]
	[[ $(pipeimg upgrade image -o copy --json | jq .unchanged) == false ]]
	upgrades image --in-place -q
	assert_output ""
}

@test "-o writes a copy of an image that is up to date" {
	small_image >image
	upgrades image --in-place
	upgrades image -o copy
	assert_output_lacks "up to date"
	assert_same_file image copy
	[[ $(stat -c %i image) != "$(stat -c %i copy)" ]]
}

@test "in a directory, only the images are replaced that are not up to date" {
	cp -r "$fixtures/criu-4.2/fifo-and-dgram" dump
	upgrades dump/pipes-data.img --in-place
	identity dump/pipes-data.img >../before
	identity dump/fifo-data.img >../old
	upgrades dump --in-place
	assert_output_lacks "up to date"
	identity dump/pipes-data.img >../after
	assert_same_text ../before ../after
	[[ $(identity dump/fifo-data.img) != "$(<../old)" ]]
	stays dump dump/*
}

# changes IMAGE: it is not up to date, but is after an upgrade
changes() {
	upgrades "$1" --in-place
	assert_output_lacks "up to date"
	stays "$1" "$1"
}

@test "--in-place replaces an image in which anything would change: version, checksum, rule, repair, index" {
	small_image --v1.0 >image
	changes image
	# Without the checksum of one message.
	synthetic image pipe "id=7 bytes=3 kind=1 records=1 queues=1 xxh3=8696274497037089104 payload=abc" >image
	changes image
	small_image >image
	upgrades image --in-place
	upgrades image --in-place --frame 7=fixed:1
	assert_output_has "found by rule fixed:1"
	assert_output_lacks "up to date"
	cp -r "$fixtures/field/packet-fifo-without-hook" dump
	upgrades dump --in-place
	upgrades dump --in-place
	assert_output_has "up to date"
	small_image >image
	upgrades image --in-place
	pipeimg compress -q image -o image.zst
	cp image.zst whole.zst
	# A byte of the index, which follows its magic number and its length.
	at=$(LC_ALL=C grep -aboF $'\x5d\x2a\x4d\x18' image.zst | tail -n 1 | cut -d: -f1)
	printf '\xff' | dd of=image.zst bs=1 seek=$((at + 18)) conv=notrunc status=none
	! cmp -s image.zst whole.zst || fail "the index is the same"
	changes image.zst
}

@test "a damaged image is refused, even if nothing else would change" {
	small_image >image
	upgrades image --in-place
	printf X | dd of=image bs=1 seek=$(($(grep -abo abc image | tail -n 1 | cut -d: -f1) + 1)) conv=notrunc status=none
	identity image >../before
	run --separate-stderr pipeimg upgrade image --in-place
	assert_status 1
	identity image >../after
	assert_same_text ../before ../after
}
