#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# The plugin for CRIU: what it relies on, what switches it off, its neighbours, and pipeimg criu-hook --check.
# shellcheck disable=SC2154 # hold sets variables
load helpers.bash
load ../criu/criu.bash
load ../criu/hook.bash

setup() {
	cd -- "$BATS_TEST_TMPDIR" || return
	need_criu
	install_plugin
}

teardown() {
	end_restored
	stop_started
	! mountpoint -q plugins || umount plugins
}

# refuses_packets OPTION...: CRIU refuses the packet pipe of the holder as it would without the plugin
refuses_packets() {
	! try_dump images "$@" || fail "CRIU accepted the dump"
	grep -q 'The packetized mode for pipes is not supported yet' images/dump.log || fail_dump images
	! compgen -G 'images/pipeimg-*.img' || fail "files of the hook"
	is_in_packet_mode "$holder" "$write_fd"
}

carries_packets() {
	hold_session p:one p:two
	dump_with_hook images
	restore_with_hook images
	[[ $(reads_of "$holder" "$read_fd") == $'3 6f6e65\n3 74776f\nempty' ]]
	is_in_packet_mode "$holder" "$write_fd"
}

# ---- switched off ----------------------------------------------------------------------------------

@test "a file in /etc switches the plugin off" {
	hold_session p:one
	: >off
	refuses_packets "${with_hook[@]}"
	grep -q 'pipeimg: switched off' images/dump.log
}

@test "an environment variable switches the plugin off" {
	hold_session p:one
	PIPEIMG_CRIU_PLUGIN=0 refuses_packets "${with_hook[@]}"
}

@test "if the hook is missing, CRIU refuses packet pipes and its log says why" {
	hold_session p:one
	rm pipeimg-criu-hook
	refuses_packets "${with_hook[@]}"
	grep -q 'pipeimg-criu-hook is missing' images/dump.log
}

@test "if the plugin is missing, the hook as an action script says which plugin to install" {
	hold_session p:one
	mkdir empty
	refuses_packets --libdir "$PWD/empty" "${with_script[@]}"
	grep -q "pipes in packet mode, which CRIU dumps only with the plugin pipeimg_plugin.so, but $PWD/empty has none" \
		images/pipeimg-hook.log || fail "$(<images/pipeimg-hook.log)"
}

@test "the plugin is missed in the directory that CRIU's configuration file sets" {
	hold_session p:one
	mkdir empty .criu
	printf '# comment\n  libdir "%s"\n' "$PWD/empty" >.criu/default.conf
	HOME=$PWD refuses_packets "${with_script[@]}"
	grep -q "but $PWD/empty has none" images/pipeimg-hook.log || fail "$(<images/pipeimg-hook.log)"
}

@test "the plugin is missed in the directory of a criu with another prefix, wherever pipeimg has put it" {
	local criu_pid
	hold_session p:one
	mkdir -p images prefix/sbin prefix/lib64/criu
	cp /bin/sleep prefix/sbin/criu
	prefix/sbin/criu 600 9<images >/dev/null 2>&1 3>&- &
	criu_pid=$!
	started+=("$criu_pid")
	wait_until test -e "/proc/$criu_pid/fd/9"
	wait_until grep -q criu "/proc/$criu_pid/comm"
	env -u CRIU_LIBS_DIR HOME=/ CRTOOLS_SCRIPT_ACTION=pre-dump CRTOOLS_IMAGE_DIR="/proc/$criu_pid/fd/9" \
		CRTOOLS_INIT_PID="$holder" ./pipeimg-criu-hook
	grep -q "but $PWD/prefix/lib64/criu has none" images/pipeimg-hook.log || fail "$(<images/pipeimg-hook.log)"
}

@test "without the plugin, the hook keeps owner, mode, capacity and what only a write end holds" {
	local before
	hold_session --owner 65534 --mode 640 --capacity 8192 s:text --new --close-read s:lost
	before=$(stat -L -c '%u %g %a' "/proc/$holder/fd/$read_fd")
	dump_with "${with_script[@]}"
	[[ $(pipeimg show --json images | jq -c '[.queues[].bytes] | sort') == "[4,4]" ]]
	restore images "${with_script[@]}"
	[[ $(stat -L -c '%u %g %a' "/proc/$holder/fd/$read_fd") == "$before" ]]
	[[ $(reads_of "$holder" "$read_fd") == $'4 74657874\nempty' ]]
}

# dump_with OPTION...: like dump_with_hook, without the plugin
dump_with() {
	local with_hook=()
	dump_with_hook images "$@"
}

# ---- a criu that the plugin does not know ------------------------------------------------------------

# load_plugin STAGE [DEFINITION...]: loads the plugin into a program with the symbols of a criu, and prints what it logs
load_plugin() {
	local compiler
	read -ra compiler <<<"$PIPEIMG_CC"
	"${compiler[@]}" -O1 -Wall -Wno-format-security -D_GNU_SOURCE -rdynamic -o not-criu "${@:2}" \
		"$PIPEIMG_SOURCE/tests/programs/not-criu.c" -ldl
	./not-criu plugins/pipeimg_plugin.so "$1"
}

@test "the plugin is ready if all symbols are as it expects" {
	[[ $(load_plugin 0) == "pipeimg: packet pipes can be dumped"$'\n'"wrapped" ]]
}

@test "the plugin changes nothing in a criu without one of the symbols, or with another table, and init succeeds" {
	for change in -DNO_PIPE_OPS -DNO_ADD_SCRIPT -DNO_IMAGE_DIR -DOLDER_THAN_3_19 -DOTHER_TYPES -DOTHER_LAYOUT; do
		run load_plugin 0 "$change"
		[[ $output == "pipeimg: this version of CRIU is not known; packet pipes cannot be dumped"$'\n'"not wrapped" ]] ||
			fail "$change" "$output"
		run load_plugin 2 "$change"
		[[ $status -eq 0 && $output == "not wrapped" ]] || fail "$change" "$output"
	done
}

@test "the plugin loads into a criu without a log" {
	[[ $(load_plugin 0 -DNO_LOG) == wrapped ]]
}

@test "the plugin passes the flags on if they are not where it expects them" {
	run load_plugin 0 -DOTHER_PARMS
	[[ $output == *"the flags of pipes are elsewhere in this version of CRIU"*"O_DIRECT was seen"* ]] || fail "$output"
}

# ---- neighbours ------------------------------------------------------------------------------------

# order_of_plugins DUMP: as CRIU loaded them
order_of_plugins() {
	grep -o 'Plugin "[a-z]*"' "$1/dump.log" | paste -s -d ' '
}

@test "packets are carried if the neighbour is loaded first, and if it is loaded last" {
	local ours=plugins/pipeimg_plugin.so
	for order in first last; do
		rm -rf images plugins
		mkdir plugins
		# On tmpfs, the latest file is read first.
		mount -t tmpfs tmpfs plugins
		[[ $order = first ]] || add_neighbour plugins neighbour
		compile_plugin "$BATS_TEST_TMPDIR/pipeimg-criu-hook" "$BATS_TEST_TMPDIR/off" plugins
		[[ $order = last ]] || add_neighbour plugins neighbour
		[[ -e $ours ]]
		carries_packets
		printf '%s\n' "$(order_of_plugins images)" >>orders
		end_restored
		stop_started
		umount plugins
	done
	[[ $(sort -u orders | wc -l) -eq 2 ]] || fail "$(<orders)"
}

# ---- criu service ------------------------------------------------------------------------------------

# start_service [OPTION...]
start_service() {
	CRIU_LIBS_DIR=$PWD/plugins "${criu[@]}" service --address "$PWD/socket" --work-dir "$PWD" --log-file service.log \
		-v4 "$@" </dev/null >service.output 2>&1 3>&- &
	started+=($!)
	wait_until test -S socket
}

# ask_service PID: to dump the process, or to restore images if PID is 0
ask_service() {
	timeout --foreground "$dump_time_limit" "$PIPEIMG_SOURCE/tests/criu/request.py" "$PWD/socket" images "$1" 3>&-
}

@test "criu service dumps and restores packet pipes" {
	hold_session p:one p:two
	mkdir images
	start_service
	ask_service "$holder" || fail_dump images
	forget_holder || true
	ask_service 0 || fail "$(tail -n 20 images/restore.log)"
	started+=("$holder")
	[[ $(reads_of "$holder" "$read_fd") == $'3 6f6e65\n3 74776f\nempty' ]]
	is_in_packet_mode "$holder" "$write_fd"
}

@test "the dump of a criu service with an action script fails, and the message says that the plugin is enough" {
	hold_session p:one
	mkdir images
	start_service "${with_script[@]}"
	! ask_service "$holder" || fail "the dump succeeded"
	grep -q 'criu service was started with this action script, and does not pass it the directory; the plugin adds the script itself' \
		images/dump.log || fail "$(<images/dump.log)"
	is_in_packet_mode "$holder" "$write_fd"
}

# ---- criu --stream -----------------------------------------------------------------------------------

# start_streamer capture|serve: in place of criu-image-streamer
start_streamer() {
	mkdir -p images store
	rm -f images/*.sock
	"$PIPEIMG_SOURCE/tests/criu/streamer.py" "$1" images store </dev/null >/dev/null 2>&1 3>&- &
	started+=($!)
	wait_until test -S "images/streamer-$1.sock"
}

dump_stream() {
	timeout --foreground "$dump_time_limit" "${criu[@]}" dump --stream --tree "$holder" --images-dir images \
		--log-file "$PWD/dump.log" -v4 "${with_hook[@]}" </dev/null >images/output 2>&1 3>&-
}

@test "criu --stream fails to dump a packet pipe, because the queues would not be in the stream" {
	hold_session p:one p:two
	start_streamer capture
	! dump_stream || fail "the dump succeeded"
	grep -q 'CRIU did not write its images to the directory (criu --stream?); packets cannot be saved with them' dump.log ||
		fail "$(tail dump.log)"
	is_in_packet_mode "$holder" "$write_fd"
	[[ $(reads_of "$holder" "$read_fd") == $'3 6f6e65\n3 74776f\nempty' ]]
}

@test "criu --stream dumps and restores ordinary pipes beside the plugin" {
	hold_session s:text
	start_streamer capture
	dump_stream || fail "$(tail dump.log)"
	forget_holder || true
	start_streamer serve
	restore images --stream "${with_hook[@]}"
	[[ $(reads_of "$holder" "$read_fd") == $'4 74657874\nempty' ]]
}

# ---- pipeimg criu-hook --check ----------------------------------------------------------------------

# A criu with the plugin of this test.
make_criu() {
	cat >criu <<-END_OF_CRIU
		#!/bin/sh
		exec ${criu[*]} "\$@"
	END_OF_CRIU
	chmod +x criu
	export CRIU_LIBS_DIR=$PWD/plugins
}

@test "--check reports that packet pipes can be dumped and restored, after it did that" {
	make_criu
	run --separate-stderr pipeimg criu-hook --check --criu ./criu
	assert_status 0
	assert_output_has "dump     ok         a process with two packets"
	assert_output_has "restore  ok         it read them one by one"
	assert_no_error
	run --separate-stderr pipeimg criu-hook --check --criu ./criu --json
	assert_status 0
	[[ $(jq -c '[.ok, .checks[].result]' <<<"$output") == '[true,"ok","ok","ok","ok","ok"]' ]] || fail "$(show_run)"
}

@test "--check leaves no process and no file" {
	make_criu
	mkdir temporary
	TMPDIR=$PWD/temporary pipeimg criu-hook --check --criu ./criu
	[[ -z $(ls temporary) ]]
	! pgrep -f 'criu-hook --check --criu [.]/criu' || fail "a process"
}

@test "--check reports a plugin that is missing, switched off or broken" {
	make_criu
	: >off
	run --separate-stderr pipeimg criu-hook --check --criu ./criu
	assert_status 1
	assert_output_has "symbols  FAILED     pipeimg: switched off"
	assert_output_has "The packetized mode for pipes is not supported yet"
	rm off plugins/pipeimg_plugin.so
	run --separate-stderr pipeimg criu-hook --check --criu ./criu
	assert_status 1
	assert_output_has "plugin   FAILED     $PWD/plugins/pipeimg_plugin.so does not exist"
	: >plugins/pipeimg_plugin.so
	run --separate-stderr pipeimg criu-hook --check --criu ./criu
	assert_status 1
	assert_output_has "Unable to load"
}

@test "--check reports a criu that does not exist, or is too old" {
	run --separate-stderr pipeimg criu-hook --check --criu ./nothing
	assert_status 1
	assert_output_has "criu     FAILED     ./nothing: cannot be run"
	printf '#!/bin/sh\necho "Version: 3.17.1"\n' >criu
	chmod +x criu
	run --separate-stderr pipeimg criu-hook --check --criu ./criu
	assert_status 1
	assert_output_has "version 3.17.1; packet pipes need 3.19 or later"
	assert_output_has "dump     not tried"
}

@test "--check, --criu and --explain are used as documented" {
	run --separate-stderr pipeimg criu-hook --criu ./criu
	assert_status 2
	run --separate-stderr pipeimg criu-hook --check --explain images
	assert_status 2
	run --separate-stderr setpriv --reuid 65534 --clear-groups "$program" criu-hook --check
	assert_status 3
	assert_error_has "needs root"
}
