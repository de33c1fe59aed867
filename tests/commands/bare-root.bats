#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# A minimal machine: nowhere to write to, or no /proc, as in a container or an initramfs.
# shellcheck disable=SC2154

load helpers

setup() {
	cd -- "$BATS_TEST_TMPDIR" || return
	need_root "to mount"
	unshare --mount true 2>/dev/null || skip "cannot create a mount namespace"
}

# read_only COMMAND...: with a read-only root, including temporary directories
read_only() {
	env -u TMPDIR unshare --mount sh -c '
		for directory in /tmp /var/tmp /dev/shm "$0"; do
			mount --bind "$directory" "$directory" && mount -o remount,bind,ro "$directory" || exit 99
		done
		mount --bind / / && mount -o remount,bind,ro / || exit 99
		exec "$@"' "$PWD" timeout 120 "$program" "$@"
}

# without_proc COMMAND...: without a mounted /proc
without_proc() {
	unshare --mount sh -c '
		while mountpoint -q /proc; do umount -l /proc || exit 99; done
		exec "$@"' sh timeout 120 "$program" "$@"
}

make_image() {
	hold p:one p:two s:tail
	pipeimg capture -q --pid "$holder" -o image
}

@test "on a read-only root a small image is read from a pipe" {
	make_image
	run --separate-stderr read_only show - < <(cat image)
	assert_status 0
	assert_no_error
	assert_output_has "2 packets"
}

@test "on a read-only root small compressed images, archives and JSON are read" {
	make_image
	gzip -k image
	pipeimg convert image image.json --to json
	mkdir dump
	pipeimg convert image dump.img --layout indexed
	mv dump.img dump/pipes-data.img
	tar -czf archive.tar.gz dump
	for input in image.gz image.json archive.tar.gz; do
		run --separate-stderr read_only show "$input"
		[[ $status -eq 0 ]] || fail "$input" "$(show_run)"
		assert_output_has "2 packets"
		run --separate-stderr read_only verify "$input"
		[[ $status -eq 0 ]] || fail "$input" "$(show_run)"
	done
}

@test "on a read-only root input too large for memory is refused, with a hint at TMPDIR" {
	hostile same 1000000 payload=@9 large
	[[ $(stat -c %s large) -gt 8388608 ]]
	run --separate-stderr read_only show - < <(cat large)
	assert_status 3
	assert_error_has "cannot create a temporary file in /tmp (set TMPDIR to another directory): Read-only file system"
}

@test "without /proc, commands that need it say so" {
	local arguments
	make_image
	mkfifo fifo
	while read -r arguments; do
		# shellcheck disable=SC2086 # several words
		run --separate-stderr without_proc $arguments
		[[ $status -eq 3 && $stderr == "pipeimg: "*"/proc is not mounted"* ]] ||
			fail "$arguments" "$(show_run)"
	done <<-END
		list
		list --json
		capture --all -o new
		capture --pid $holder -o new
		capture --pid $holder --stop -o new
		capture --fd 1 -o new
		diff image --pid $holder
	END
	[[ ! -e new ]]
}

@test "without /proc, images are shown, verified, converted and compressed" {
	make_image
	for arguments in 'show image' 'verify image' 'convert image converted' 'compress image -o compressed' \
		'diff image converted' 'upgrade image -o upgraded'; do
		# shellcheck disable=SC2086 # several words
		run --separate-stderr without_proc $arguments
		[[ $status -eq 0 ]] || fail "$arguments" "$(show_run)"
	done
	run --separate-stderr pipeimg diff image converted
	assert_status 0
	run --separate-stderr pipeimg diff image compressed
	assert_status 0
	[[ -z $(find . -name '*.pipeimg-*') ]]
}
