#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Files that people give instead of an image: each command says what the file is, and what to do.
# shellcheck disable=SC2154 # helpers.bash sets variables
load helpers.bash

# told TEXT FILE: by every command that reads an image
told() {
	local refusal="$2: is not a CRIU image, but $1"
	assert_fails 1 "$refusal" pipeimg show "$2"
	assert_fails 1 "$refusal" pipeimg convert "$2" out
	assert_fails 1 "$refusal" pipeimg upgrade "$2" -o out
	assert_fails 1 "$refusal" pipeimg compress "$2" -o out
	assert_fails 1 "$refusal" pipeimg diff "$2" "$2"
	assert_fails 1 "$refusal" pipeimg restore "$2" -- true
	assert_fails 1 "${refusal#*: }" pipeimg show - <"$2"
	run -1 pipeimg verify "$2"
	assert_output_has "$2: error: is not a CRIU image, but $1"
	assert_output_has "[PI001]"
}

# stream FILE MESSAGE...: messages in hexadecimal, each preceded by its length
stream() {
	"$python" -c 'import sys
for text in sys.argv[1:]:
    message = bytes.fromhex(text)
    sys.stdout.buffer.write(len(message).to_bytes(4, "little") + message)' "${@:2}" >"$1"
}

@test "a file encrypted by age is recognised, with how to decrypt it" {
	printf 'age-encryption.org/v1\n-> X25519 abc\n' >image
	told "encrypted by age; decrypt it first: age -d" image
	printf -- '-----BEGIN AGE ENCRYPTED FILE-----\nYWdl\n' >armored
	told "encrypted by age; decrypt it first: age -d" armored
}

@test "a file encrypted by gpg with a passphrase is recognised, also armored" {
	need_program gpg
	mkdir -m 700 home
	printf secret >plain
	gpg --homedir home --batch --quiet --passphrase x --pinentry-mode loopback --symmetric -o image plain
	gpg --homedir home --batch --quiet --passphrase x --pinentry-mode loopback --symmetric --armor -o armored plain
	gpgconf --homedir home --kill all || true
	told "encrypted by OpenPGP; decrypt it first: gpg -d" image
	told "encrypted by OpenPGP; decrypt it first: gpg -d" armored
}

@test "a file encrypted by gpg for a public key is recognised" {
	# RFC 9580: packet 1 with both forms of header, a two-byte length, and version 3.
	printf '\x85\x01\x0c\x03\x11\x22\x33\x44\x55\x66\x77\x88\x01\x07\xff' >image
	told "encrypted by OpenPGP; " image
	printf '\xc1\xc0\x4c\x03\x11\x22\x33\x44\x55\x66\x77\x88\x01\x07\xff' >image
	told "encrypted by OpenPGP; " image
}

@test "an OpenPGP key ring is not reported as encrypted" {
	printf '\x99\x01\x0d\x04\x11\x22\x33\x44\x55\x66\x77\x88\x01\x07\xff' >image
	run -1 pipeimg show image
	[[ $output == *"is not a CRIU image: it begins with 0x040d0199"* ]]
}

@test "a file encrypted by openssl is recognised" {
	need_program openssl
	printf secret | openssl enc -aes-256-cbc -pbkdf2 -pass pass:x -out image
	told "encrypted by openssl; decrypt it first: openssl enc -d" image
}

@test "a LUKS volume is recognised" {
	printf 'LUKS\xba\xbe\x00\x02' >image
	told "an encrypted LUKS volume; " image
}

@test "an encrypted zip archive is recognised" {
	need_program zip
	mkdir dump
	synthetic image pipe "id=7 size=65536 payload=abc" >dump/pipes-data.img
	zip -q -P secret archive.zip dump/pipes-data.img
	run -1 pipeimg show archive.zip
	[[ $output == *"archive.zip: dump/pipes-data.img is encrypted; unpack the archive"* ]] || fail "$output"
}

@test "a criu-image-streamer stream is recognised, with how to extract it" {
	# field 2: the name; field 1: the sequence number, which is omitted if it is 0
	stream image 120d696e76656e746f72792e696d67 08011803
	told "a criu-image-streamer stream; extract it, and use the directory: criu-image-streamer" image
	stream image 080212087673742d312e696d67
	run -1 pipeimg show image
	[[ $output == *"it begins with "* ]] || fail "accepted a name longer than its message: $output"
	stream image 080212077673742e696d67
	told "a criu-image-streamer stream" image
}

@test "network captures are recognised, including those written by convert" {
	synthetic image pipe "id=7 size=65536 payload=abc" >good.img
	pipeimg convert -q --to pcapng good.img image.pcapng
	told "a pcapng capture, which Wireshark reads; use the image that it was exported from" image.pcapng
	printf '\xd4\xc3\xb2\xa1\x02\x00\x04\x00' >image.pcap
	told "a network capture (pcap)" image.pcap
}

@test "scripts, programs, core dumps, text and web pages are recognised" {
	printf '#!/bin/sh\ntrue\n' >script
	told "a script; use an image, a CRIU directory, or an archive of one" script
	cp "$program" program
	told "a program or library (ELF); " program
	printf '\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x04\0\x3e\0' >core
	told "a core dump, which contains a process's memory, but no queues; capture a running process" core
	printf '\x7fELF\x02\x02\x01\0\0\0\0\0\0\0\0\0\0\x04\0\x16' >core
	told "a core dump" core
	printf 'just some text\n' >text
	told "text; " text
	printf '<!DOCTYPE html>\n<html>404\n' >page
	told "a web page or XML, perhaps from a failed download; " page
}

@test "a file of zeros, as a crash leaves, is recognised" {
	head -c 4096 /dev/zero >image
	told "zero bytes, perhaps left by a crash or a full disk; copy it from its source again" image
}

@test "files that CRIU writes next to its images are recognised" {
	printf '(00.000123) Version: 4.2\n' >dump.log
	told "a CRIU log; use the directory with the images" dump.log
	printf '\x40\x59\x10\x55\x06\x33\x09\x57' >stats-dump
	told "CRIU statistics, or a similar file of CRIU; " stats-dump
}

@test "unsupported archives are recognised, with what to do" {
	printf '7z\xbc\xaf\x27\x1c\0\4' >archive.7z
	told "a 7z archive, which is not supported; unpack it, and use the directory" archive.7z
	printf '07070100' >archive.cpio
	told "a cpio archive" archive.cpio
}

@test "browse reports a foreign file on its terminal" {
	need_program script
	printf 'Salted__12345678' >image
	run script -qec "'$program' browse image" /dev/null </dev/null
	[[ $output == *"image: is not a CRIU image, but encrypted by openssl; "* ]] || fail "$output"
}

@test "JSON of another program is reported with its first key" {
	printf '{\n "schemaVersion": 2, "manifests": []}' >index.json
	assert_fails 1 "index.json: is JSON of another program: its first key is \"schemaVersion\", not \"magic\"" \
		pipeimg show index.json
	printf '{"magic": "PIPES_DATA", "entries": [{' >cut.json
	run -1 pipeimg show cut.json
	[[ $output != *"another program"* ]]
}

@test "a foreign file in place of an image in a directory is reported there" {
	mkdir dump
	printf '#!/bin/sh\n' >dump/pipes-data.img
	run -1 pipeimg verify dump
	assert_output_has "dump/pipes-data.img: error: is not a CRIU image, but a script"
}
