#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Standard output of every command: a full disk, a closed reader, the style of JSON, and help.
# shellcheck disable=SC2154

load helpers

# Runs every command that prints something, as text and as JSON, on the files of make_inputs.
every_output() {
	printf '%s\n' \
		'list' 'list --json' \
		"capture --pid $holder -q -o -" "capture --pid $holder -o out.img --force --json" \
		'show image' 'show --hex image' 'show --text image' 'show --raw image' 'show --json image' \
		'verify image' 'verify --json image' 'verify bad' 'verify --json bad' \
		'verify --list-checks' 'verify --list-checks --json' \
		'convert image - --to json' 'convert image - --to pcapng' 'convert image -' \
		'upgrade image -o new.img --force' 'upgrade image -o new.img --force --json' \
		'upgrade stream --frame auto' 'compress image -o -' \
		'diff image other' 'diff image other --json' \
		"restore image --fifo $PWD/fifo --json" \
		"criu-hook --explain $fixtures/criu-4.2/pipeline" \
		"criu-hook --explain $fixtures/criu-4.2/pipeline --json" 'verify -r --json .' \
		help 'help show' 'help help' --help --version 'show --help' 'show --version'
}

make_inputs() {
	hold p:one p:two s:tail
	pipeimg capture -q --pid "$holder" -o image
	pipeimg convert image stream --layout spliced 2>/dev/null
	printf 'not an image' >bad
	hold p:other
	pipeimg capture -q --pid "$holder" -o other
	mkfifo fifo
}

full_pipeimg() {
	pipeimg "$@" >/dev/full
}

@test "every command reports a full disk, as text and as JSON" {
	local arguments
	make_inputs
	exec 8<>fifo
	while read -r arguments; do
		# shellcheck disable=SC2086 # several words
		run --separate-stderr full_pipeimg $arguments 8>&-
		[[ $status -eq 3 ]] || fail "$arguments" "$(show_run)"
		[[ $stderr == *"pipeimg: standard output: cannot write: No space left on device"* ]] ||
			fail "$arguments" "$(show_run)"
		[[ $stderr != *ioctl* ]] || fail "$arguments" "$(show_run)"
		[[ $arguments != restore* ]] || timeout 1 cat <&8 >/dev/null || true
	done < <(every_output)
	exec 8>&-
}

# Standard output is a pipe without a reader.
ignoring_pipe_signal() {
	trap '' PIPE
	pipeimg "$@" >&"$unread"
}

@test "every command reports a closed reader if SIGPIPE is ignored" {
	local arguments unread
	make_inputs
	exec {unread}> >(:)
	wait $!
	exec 8<>fifo
	while read -r arguments; do
		# shellcheck disable=SC2086 # several words
		run --separate-stderr ignoring_pipe_signal $arguments 8>&-
		[[ $status -eq 3 && $stderr == *"pipeimg: standard output: cannot write: Broken pipe"* ]] ||
			fail "$arguments" "$(show_run)"
		[[ $arguments != restore* ]] || timeout 1 cat <&8 >/dev/null || true
	done < <(every_output)
	exec 8>&-
}

@test "a reader that closes the pipe early ends the command silently" {
	hostile same 20000 many
	pipeimg show many 2>errors | head -n 1 >first
	[[ ! -s errors ]] || fail "$(<errors)"
	[[ -s first ]]
	pipeimg show --json many 2>errors | head -n 1 >first
	[[ ! -s errors ]] || fail "$(<errors)"
	pipeimg verify --json many many many 2>errors | head -n 1 >first
	[[ ! -s errors ]] || fail "$(<errors)"
}

# ---- JSON ----------------------------------------------------------------------------------------

# All JSON comes from one writer: documents are indented by two, each event is one line, and spacing is uniform.
check_json() {
	"$python" - "$1" <<-'END'
		import json, sys
		text = open(sys.argv[1]).read()
		def dump(value, **how):
		    return json.dumps(value, ensure_ascii=False, **how).replace("\x7f", "\\u007f")
		try:
		    wanted = dump(json.loads(text), indent=2) + "\n"
		except json.JSONDecodeError:
		    wanted = "".join(dump(json.loads(line)) + "\n" for line in text.splitlines())
		if text != wanted and text != dump(json.loads(text.splitlines()[0])) + "\n":
		    sys.exit("not as others are:\n%s\nbut\n%s" % (text[:2000], wanted[:2000]))
	END
}

@test "every command and every event writes JSON in the same style" {
	local arguments
	make_inputs
	exec 8<>fifo
	while read -r arguments; do
		[[ $arguments == *--json* ]] || continue
		# shellcheck disable=SC2086 # several words
		pipeimg $arguments 8>&- >json 2>errors || true
		[[ -s json ]] || fail "no output: $arguments" "$(<errors)"
		check_json json || fail "$arguments" "$(<errors)" "$(tail -c 300 json)"
		[[ $arguments != restore* ]] || timeout 1 cat <&8 >/dev/null || true
	done < <(every_output)
	exec 8>&-
}

# ---- help ----------------------------------------------------------------------------------------

@test "help prints the same as a command's --help" {
	local command
	for command in list capture show verify convert upgrade compress diff restore criu-hook browse; do
		assert_same_text <(pipeimg help "$command") <(pipeimg "$command" --help)
	done
}

@test "help describes itself, and takes none of the other commands' options" {
	run --separate-stderr pipeimg help help
	assert_status 0
	assert_no_error
	assert_output_has "Usage: pipeimg help [COMMAND]"
	assert_output_lacks "--json"
	assert_same_text <(pipeimg help --help) <(pipeimg help help)
	run --separate-stderr pipeimg help
	assert_status 0
	assert_output_has "Commands:"
}

@test "help for an unknown command is refused" {
	assert_fails 2 "unknown command 'nosuch'" pipeimg help nosuch
	assert_fails 2 "unexpected argument 'list'" pipeimg help show list
	assert_fails 2 "unknown option '--json'" pipeimg help --json
}

# ---- numbers and nouns ---------------------------------------------------------------------------

@test "every count of one is singular" {
	hold p:x
	mkfifo fifo
	exec 8<>fifo
	pipeimg capture --pid "$holder" -o image 2>said
	{
		pipeimg show image
		pipeimg show --hex image
		pipeimg verify -v image
		pipeimg convert image stream --layout spliced
		pipeimg upgrade stream -o new --frame fixed:1
		pipeimg upgrade image -o other
		pipeimg compress image -o image.zst
		pipeimg diff image new
		pipeimg restore image --fifo "$PWD/fifo" 8>&-
		pipeimg restore image --fifo "$PWD/fifo" 8>&- || true
		pipeimg verify -v <(head -c -1 image) || true
		head -c -1 image >"cut"
		pipeimg verify -v cut || true
		head -c 1 image >start
		pipeimg verify -v start || true
		pipeimg list --pid "$holder" --all
	} >>said 2>&1
	exec 8>&-
	[[ -z $(grep -nE '\b1 (bytes|chunks|packets|queues|records|pipes|processes|images|errors|warnings|notes)\b' said) ]] ||
		fail "$(grep -nE '\b1 [a-z]+s\b' said)"
	grep -q '1 byte\b' said
	grep -q '1 packet\b' said
}
