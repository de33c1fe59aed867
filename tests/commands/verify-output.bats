#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# How pipeimg verify reports findings, which images it verifies, and how it handles failures.
# shellcheck disable=SC2154 # hold sets variables
load helpers.bash

readonly table_head='RESULT *QUEUES +RECORDS +BYTES +CHECKSUMS +IMAGE'

# Creates an image with a note, a warning (for each of count records) and an error.
# make_bad_image FILE [COUNT]
make_bad_image() {
	local records=() number
	for ((number = 1; number <= ${2:-1}; number++)); do
		records+=("id=$number 1=$number payload=abc")
	done
	synthetic image --v1.0 pipe "${records[@]}" "message=ff" >"$1"
}

make_warned_image() {
	synthetic image pipe "id=7 1=7 payload=abc" >"$1"
}

make_good_image() {
	synthetic image pipe "id=7 size=65536 payload=abc" >"$1"
}

# ---- lines and table -----------------------------------------------------------------------------

@test "each error and warning has a line, and notes are only counted" {
	make_bad_image image
	run --separate-stderr pipeimg verify image
	assert_status 1
	assert_no_error
	[[ ${lines[0]} == "image: record 1 (pipe 1) at 0x4: warning: field 1 occurs more than once; the last one counts [PI107]" ]] ||
		fail "$(show_run)"
	[[ ${lines[1]} == "image: record 2 at 0x11: error: the message of 1 byte cannot be decoded [PI101]" ]] ||
		fail "$(show_run)"
	[[ ${lines[2]} =~ ^$table_head$ ]] || fail "$(show_run)"
	[[ ${lines[3]} =~ ^"1 error, 1 warning "\ *1\ +2\ +3\ +0\ \ image$ ]] || fail "$(show_run)"
	[[ ${#lines[@]} -eq 4 ]]
}

@test "an image without findings has only a line in the table" {
	make_good_image image
	run --separate-stderr pipeimg verify image
	assert_status 0
	assert_no_error
	[[ ${#lines[@]} -eq 2 && ${lines[1]} =~ ^"ok, no checksums"\ +1\ +1\ +3\ +0\ \ image$ ]] || fail "$(show_run)"
}

@test "several images have a line each in the table, and one for all of them" {
	make_good_image good
	make_bad_image bad
	run --separate-stderr pipeimg verify -q good
	assert_output ""
	run --separate-stderr pipeimg verify good bad good
	assert_status 1
	[[ ${lines[-4]} =~ ^"ok, no checksums"\ +1\ +1\ +3\ +0\ \ good$ ]] || fail "$(show_run)"
	[[ ${lines[-3]} =~ ^"1 error, 1 warning"\ +1\ +2\ +3\ +0\ \ bad$ ]] || fail "$(show_run)"
	[[ ${lines[-1]} =~ ^"1 error, 1 warning"\ +3\ +4\ +9\ +0\ \ "3 images"$ ]] || fail "$(show_run)"
}

@test "--verbose shows notes, and explains a check at the first of its findings" {
	make_bad_image image 2
	run --separate-stderr pipeimg verify -v image
	[[ ${lines[0]} == "image: note: begins with one magic number, as in CRIU before 1.6 [PI010]" ]] ||
		fail "$(show_run)"
	[[ ${lines[1]} == "  CRIU image format v1.0." ]] || fail "$(show_run)"
	[[ ${lines[2]} == "  One magic number instead of two: "* ]] || fail "$(show_run)"
	[[ $(grep -c '^  repeated field in a message.$' <<<"$output") -eq 1 ]] || fail "$(show_run)"
	[[ $(awk 'length > 80 && /^ /' <<<"$output") == "" ]] || fail "$(show_run)"
	assert_output_has "1 error, 2 warnings, 1 note"
	[[ $(grep -c '\[PI107\]$' <<<"$output") -eq 2 ]]
}

@test "--quiet shows only errors" {
	make_bad_image image
	run --separate-stderr pipeimg verify -q image
	assert_status 1
	[[ ${#lines[@]} -eq 1 && $output == "image: record 2 at 0x11: error: "*" [PI101]" ]] || fail "$(show_run)"
}

@test "ten findings of each check and image are shown, and the rest counted" {
	make_bad_image image 15
	make_bad_image other 11
	run --separate-stderr pipeimg verify image other
	[[ $(grep -c '^image: .*\[PI107\]$' <<<"$output") -eq 10 ]]
	[[ $(grep -c '^other: .*\[PI107\]$' <<<"$output") -eq 10 ]]
	assert_output_has "image: and 5 more: repeated field in a message [PI107]; --limit=0 reports all"
	assert_output_has "other: and 1 more: repeated field in a message [PI107]; --limit=0 reports all"
	assert_output_has "1 error, 15 warnings "
}

@test "--limit sets how many findings are shown, and 0 shows all" {
	make_bad_image image 15
	[[ $(pipeimg verify --limit=3 image | grep -c '\[PI107\]$') -eq 3 ]]
	[[ $(pipeimg verify --limit 15 image | grep -c 'more') -eq 15 ]]
	[[ $(pipeimg verify --limit=0 image | grep -c '\[PI107\]$') -eq 15 ]]
	run pipeimg verify --limit=0 image
	assert_output_lacks "--limit"
}

@test "notes that are not shown do not count as omitted findings" {
	local records=() number
	for ((number = 1; number <= 14; number++)); do
		records+=("id=$number $((2000 + number))=1 payload=abc")
	done
	synthetic image pipe "${records[@]}" >image
	run --separate-stderr pipeimg verify image
	[[ ${#lines[@]} -eq 2 && $output != *note* ]] || fail "$(show_run)"
	run --separate-stderr pipeimg verify -v image
	assert_output_has "14 notes"
	assert_output_has "image: and 4 more: unknown field [PI108]"
}

# ---- status --------------------------------------------------------------------------------------

@test "errors give exit status 1, warnings 0" {
	make_bad_image bad
	make_warned_image warned
	make_good_image good
	run pipeimg verify bad
	assert_status 1
	run pipeimg verify warned good
	assert_status 0
	run pipeimg verify good bad warned
	assert_status 1
}

@test "--strict gives exit status 1 for warnings, but not for notes" {
	make_warned_image warned
	synthetic image --v1.0 pipe "id=7 payload=abc" >noted
	run pipeimg verify --strict warned
	assert_status 1
	run pipeimg verify --strict -q warned
	assert_status 1
	run pipeimg verify --strict noted
	assert_status 0
}

@test "a file that cannot be read gives exit status 3, and the others are verified" {
	make_good_image good
	make_bad_image bad
	run --separate-stderr pipeimg verify good missing bad
	assert_status 3
	[[ $stderr == "pipeimg: missing: cannot open: No such file or directory" ]] || fail "$(show_run)"
	assert_output_has "bad: record 2 at 0x11: error:"
	[[ $output == *$'\nnot read '*"  missing"* ]] || fail "$(show_run)"
}

@test "a file without read permission gives exit status 3" {
	use_plain_user
	: >closed
	chmod 0 closed
	assert_fails 3 "closed: cannot open: Permission denied" pipeimg verify closed
}

@test "a file without read permission in a directory gives exit status 3" {
	use_plain_user
	synthetic directory dump 100:pipe7:r 100:pipe7:w
	synthetic image pipe "id=7 size=65536" >dump/pipes-data.img
	chmod 0 dump/files.img
	assert_fails 3 "dump/files.img: cannot open: Permission denied" pipeimg verify dump
}

@test "a usage error gives exit status 2, and nothing is verified" {
	local arguments
	make_bad_image image
	for arguments in "" "--jobs=0 image" "--jobs=257 image" "--jobs=x image" "--jobs" "--limit=-1 image" \
		"--limit=x image" "--limit= image" "--unknown image"; do
		# shellcheck disable=SC2086 # several words
		run --separate-stderr pipeimg verify $arguments
		assert_status 2
		assert_output ""
		[[ $stderr == "pipeimg: "* ]] || fail "$arguments" "$(show_run)"
	done
}

@test "standard input given twice is a usage error" {
	make_bad_image image
	assert_fails 2 "standard input (-) can be read only once" pipeimg verify - image - <image
	assert_output ""
}

@test "a full device gives exit status 3" {
	make_bad_image image
	hostile same 15000 1=7 large
	for arguments in image "--json image" "--list-checks" "--list-checks --json" "-j 8 image image image image" \
		"-j 8 --limit=0 large image large"; do
		# shellcheck disable=SC2086 # several words
		run --separate-stderr full_verify $arguments
		assert_status 3
		[[ $stderr == "pipeimg: standard output: cannot write: No space left on device" ]] ||
			fail "$arguments" "$(show_run)"
	done
}

full_verify() {
	pipeimg verify "$@" >/dev/full
}

# ---- order ---------------------------------------------------------------------------------------

# Some images have no findings, some have many; some are large, damaged or missing.
make_many_images() {
	local number
	make_good_image good
	make_bad_image bad 3
	make_bad_image worse 400
	hostile same 300000 large
	images=()
	for ((number = 0; number < 60; number++)); do
		case $((number % 6)) in
		0) ln large "$number.img" ;;
		1) ln good "$number.img" ;;
		2 | 4) ln bad "$number.img" ;;
		3) ln worse "$number.img" ;;
		esac
		images+=("$number.img")
	done
}

# same_with_any_jobs ARGUMENT...
same_with_any_jobs() {
	local jobs status
	for jobs in 1 2 8 256; do
		status=0
		pipeimg verify --jobs "$jobs" "$@" "${images[@]}" >"$jobs.out" 2>"$jobs.err" || status=$?
		[[ $status -eq 3 ]] || fail "$(cat "$jobs.err")"
	done
	for jobs in 2 8 256; do
		assert_same_text 1.out "$jobs.out"
		assert_same_text 1.err "$jobs.err"
	done
}

@test "images are reported in the order of the arguments, however many are verified in parallel" {
	make_many_images
	same_with_any_jobs -v --limit=0
	grep -o '^[0-9]*\.img' 1.out | uniq >order
	assert_same_text <(sort -n order) order
}

@test "a report too long to be kept in memory is in order too" {
	local images=(other missing image)
	hostile same 15000 1=7 image
	make_bad_image other 3
	same_with_any_jobs --limit=0
	same_with_any_jobs --json
}

# ---- JSON ----------------------------------------------------------------------------------------

@test "--json has a line for each finding, and a summary of the image" {
	make_bad_image image
	run --separate-stderr pipeimg verify --json image
	assert_status 1
	assert_no_error
	[[ ${#lines[@]} -eq 4 ]] || fail "$(show_run)"
	jq -es '
		.[0] == {"event": "finding", "image": "image", "file": "image", "check": "PI010",
			"severity": "note", "title": "CRIU image format v1.0",
			"message": "begins with one magic number, as in CRIU before 1.6"} and
		.[1] == {"event": "finding", "image": "image", "file": "image", "check": "PI107",
			"severity": "warning", "title": "repeated field in a message",
			"record": 1, "type": "pipe", "id": 1, "offset": 4,
			"message": "field 1 occurs more than once; the last one counts"} and
		(.[2] | .check == "PI101" and .severity == "error" and .record == 2 and .offset == 17 and
			(has("id") or has("type") | not)) and
		.[3] == {"event": "summary", "image": "image", "complete": true, "directory": false,
			"queues": 1, "records": 2, "bytes": 3, "checksums": 0,
			"errors": 1, "warnings": 1, "notes": 1}' <<<"$output" >/dev/null || fail "$(show_run)"
}

@test "--json of several images has a valid line for each, with its image" {
	make_many_images
	run --separate-stderr pipeimg verify --json "${images[@]}"
	assert_status 3
	while read -r line; do
		jq -e . <<<"$line" >/dev/null || fail "$line"
	done < <(grep -v '"finding"' <<<"$output")
	jq -r 'select(.event == "summary") | .image' <<<"$output" >found
	assert_same_text <(printf '%s\n' "${images[@]}") found
	[[ $(jq -s 'map(select(.event == "finding")) | length' <<<"$output") -gt 4000 ]]
}

@test "--json has all findings unless --limit is given" {
	make_bad_image image 15
	[[ $(pipeimg verify --json image | grep -c '"PI107"') -eq 15 ]]
	[[ $(pipeimg verify --json --limit=3 image | grep -c '"PI107"') -eq 3 ]]
	pipeimg verify --json --limit=3 image | tail -n 1 | jq -e '.warnings == 15' >/dev/null
}

@test "--json of a directory gives the file of each finding, and its kind of queue" {
	synthetic directory dump 100:fifo9:r 100:fifo9:w
	synthetic image fifo "id=9 size=5000" >dump/fifo-data.img
	pipeimg verify --json dump >json
	jq -es '.[0].image == "dump" and .[0].file == "dump/fifo-data.img" and .[0].type == "fifo" and
		.[0].id == 9 and .[0].check == "PI209" and .[-1].directory == true' json >/dev/null ||
		fail "$(cat json)"
}

@test "--json reports a file that cannot be read" {
	run --separate-stderr pipeimg verify --json missing
	assert_status 3
	jq -e '.event == "summary" and .complete == false and .image == "missing" and
		.message == "cannot open: No such file or directory"' <<<"$output" >/dev/null || fail "$(show_run)"
	assert_error_has "pipeimg: missing: cannot open"
}

# ---- list of checks ------------------------------------------------------------------------------

@test "--list-checks prints id, severity, title and explanation of each check, within 80 columns" {
	run --separate-stderr pipeimg verify --list-checks
	assert_status 0
	assert_no_error
	[[ ${lines[0]} == "PI001  error    image of an unknown type" ]] || fail "$(show_run)"
	[[ ${lines[1]} == "       The magic number at the start of the file"* ]] || fail "$(show_run)"
	[[ $(wc -L <<<"$output") -le 80 ]]
}

@test "--list-checks with ids prints those checks, in that order" {
	run --separate-stderr pipeimg verify --list-checks PI201 PI010
	assert_status 0
	[[ $(grep -c '^PI' <<<"$output") -eq 2 ]]
	[[ $output == "PI201  error    "*$'\n'"PI010  note     "* ]] || fail "$(show_run)"
}

@test "--list-checks --json has a line for each check" {
	pipeimg verify --list-checks --json >json
	jq -es 'length > 50 and all(keys == ["check", "explanation", "severity", "title"]) and
		(map(.severity) | unique == ["error", "note", "warning"])' json >/dev/null || fail "$(cat json)"
	pipeimg verify --list-checks --json PI201 | jq -e '.check == "PI201"' >/dev/null
}

@test "--list-checks with an unknown id is a usage error" {
	assert_fails 2 "unknown check 'PI999'" pipeimg verify --list-checks PI999
	[[ $(pipeimg verify --list-checks pi001) == PI001* ]]
}

@test "whenever show refuses an image, it names a check that --list-checks explains" {
	local id
	make_bad_image image
	run --separate-stderr pipeimg show image
	[[ $stderr =~ \[(PI[0-9]+)\]$ ]] || fail "$(show_run)"
	id=${BASH_REMATCH[1]}
	[[ $(pipeimg verify --list-checks "$id") == "$id "* ]]
}

# ---- selection of images -------------------------------------------------------------------------

# Dumps, stray images, and other files.
make_tree() {
	mkdir -p tree/a/dump tree/b/deep/er tree/empty outside
	synthetic directory tree/a/dump 100:pipe7:r 100:pipe7:w
	synthetic image pipe "id=7 size=65536" >tree/a/dump/pipes-data.img
	make_good_image tree/b/deep/er/stray
	make_good_image tree/b/pipes-data.img.bak
	make_bad_image outside/bad.img
	printf 'just some text\n' >tree/b/text
	: >tree/empty/file
	mkfifo tree/empty/fifo
	ln -s ../outside tree/link
	ln -s ../outside/bad.img tree/bad-link
}

# The images that were verified, from the summaries of --json.
looked_at() {
	jq -r 'select(.event == "summary") | .image' <<<"$output"
}

@test "-r verifies only dumps and stray images below a directory, and follows no links" {
	make_tree
	run --separate-stderr pipeimg verify -r --json tree
	assert_status 0
	assert_no_error
	assert_same_text <(looked_at) - <<-'END'
		tree/a/dump
		tree/b/deep/er/stray
		tree/b/pipes-data.img.bak
	END
}

@test "-r does not silently skip compressed files and archives that cannot be read" {
	need_program zstd
	mkdir tree tree/one tree/two
	synthetic image pipe "id=7 size=65536 kind=1 payload=one" >legacy
	pipeimg upgrade -q legacy -o one
	cp one tree/one/pipes-data.img
	cp one tree/two/pipes-data.img
	zstd -q <one | head -c 12 >tree/cut.zst
	zstd -q <one >tree/good.zst
	zstd -q <"$PIPEIMG_SOURCE/README.md" >tree/text.zst
	tar -C tree -czf both.tgz one two
	tar -C "$PIPEIMG_SOURCE" -czf tree/text.tgz README.md
	rm -r tree/one tree/two
	mv both.tgz tree
	run --separate-stderr pipeimg verify -r --json tree
	assert_status 1
	assert_same_text <(looked_at) - <<-'END'
		tree/both.tgz
		tree/both.tgz
		tree/cut.zst
		tree/good.zst
	END
	[[ $(jq -r 'select(.event == "finding") | .image + " " + .check' <<<"$output") == \
		'tree/cut.zst PI016' ]] || fail "$(show_run)"
}

@test "-r follows a link that is an argument" {
	make_tree
	run --separate-stderr pipeimg verify -r --json tree/link
	assert_status 1
	[[ $(looked_at) == tree/link/bad.img ]] || fail "$(show_run)"
}

@test "-r verifies a file that is an argument, and a dump" {
	make_tree
	run --separate-stderr pipeimg verify -r --json tree/b/deep/er/stray tree/a/dump
	assert_status 0
	[[ $(looked_at) == $'tree/b/deep/er/stray\ntree/a/dump' ]] || fail "$(show_run)"
}

@test "-r continues after a directory without read permission, and exits with status 3" {
	use_plain_user
	make_tree
	mkdir tree/aa-closed
	chmod 0 tree/aa-closed
	run --separate-stderr pipeimg verify -r --json tree
	assert_status 3
	[[ $stderr == "pipeimg: tree/aa-closed: cannot read: Permission denied" ]] || fail "$(show_run)"
	[[ $(looked_at | wc -l) -eq 3 ]] || fail "$(show_run)"
}

@test "-r continues after a file without read permission, and exits with status 3" {
	use_plain_user
	make_tree
	: >tree/aa-closed
	chmod 0 tree/aa-closed
	run --separate-stderr pipeimg verify -r --json tree
	assert_status 3
	[[ $stderr == "pipeimg: tree/aa-closed: cannot open: Permission denied" ]] || fail "$(show_run)"
	[[ $(looked_at | wc -l) -eq 4 ]] || fail "$(show_run)"
}

@test "-r says so if there is no image" {
	make_tree
	assert_fails 1 "tree/empty: no queue image found" pipeimg verify -r tree/empty
	assert_output ""
}

@test "-r of a missing file exits with status 3" {
	assert_fails 3 "missing: cannot read: No such file or directory" pipeimg verify -r missing
}

@test "without -r, the dumps below a directory are verified, but no other files" {
	make_tree
	run --separate-stderr pipeimg verify --json tree
	assert_status 0
	[[ $(looked_at) == tree ]] || fail "$(show_run)"
	[[ $(jq -r .dump <<<"$output") == a/dump ]] || fail "$(show_run)"
	run --separate-stderr pipeimg verify tree/b
	assert_status 1
	assert_output_has "tree/b: error: contains no queue image"
}

@test "standard input is verified, from a pipe and from a file" {
	make_bad_image image
	run --separate-stderr pipeimg verify - <image
	assert_status 1
	assert_output_has "standard input: record 2 at 0x11: error: "
	run --separate-stderr pipeimg verify - < <(cat image)
	assert_status 1
	assert_output_has "standard input: record 2 at 0x11: error: "
	run --separate-stderr pipeimg verify -r - <image
	assert_status 1
}

@test "standard input from a pipe is not copied to a file" {
	hostile same 300000 image
	# Writing to a file would kill it with SIGXFSZ.
	run prlimit --fsize=0 "$program" verify - < <(cat image)
	assert_status 1
	assert_output_has "standard input: record 1 (pipe 7) at 0x8: error: "
}

@test "a device without bytes is an empty file" {
	run --separate-stderr pipeimg verify /dev/null
	assert_status 1
	assert_output_has "/dev/null: error: is empty"
}

# ---- terminal output -----------------------------------------------------------------------------

@test "escape sequences in file names do not reach the terminal" {
	local name=$'\e[31mred\a\b\x7f\r'
	make_bad_image "$name"
	mkdir tree
	cp -- "$name" "tree/$name"
	{
		pipeimg verify -v "$name" missing-"$name"
		pipeimg verify -r tree
		pipeimg verify --limit=1 "$name" "$name"
		pipeimg verify --json "$name"
		pipeimg verify --list-checks "$name"
	} >out 2>&1 || true
	[[ $(LC_ALL=C tr -d '\n -~' <out | wc -c) -eq 0 ]] || fail "$(od -c out | head -50)"
	grep -qF '\x1b[31mred' out
}

@test "output has colour only on a terminal or on request" {
	make_bad_image image
	run --separate-stderr pipeimg verify -v image
	assert_output_lacks $'\e'
	run --separate-stderr pipeimg verify -v --color=always image
	assert_output_has $'\e[1;31merror\e[0m: '
	run --separate-stderr env NO_COLOR=1 "$program" verify image
	assert_output_lacks $'\e'
}

# ---- signals -------------------------------------------------------------------------------------

# No files are left.
ended_by_interrupt() {
	assert_status 130
	[[ $stderr == "pipeimg: "*"interrupted"* ]] || fail "$(show_run)"
	[[ -z $(find . -mindepth 1 -newer before ! -name err ! -name out ! -name 'holder.*') ]] || fail "$(ls -la)"
}

# bats test_tags=race
@test "verify ends on SIGINT while it waits for standard input" {
	open_silent_fifo
	touch before
	input=silent interrupted_by INT verify - >out
	ended_by_interrupt
}

# bats test_tags=race
@test "verify ends on SIGINT while several images wait" {
	# Anonymous pipes, as in the process substitutions of a shell.
	exec {first}< <(exec sleep 600 3>&-)
	started+=("$!")
	exec {second}< <(exec sleep 600 3>&-)
	started+=("$!")
	touch before
	interrupted_by INT verify --jobs 2 "/dev/fd/$first" "/dev/fd/$second" >out
	ended_by_interrupt
}

# interrupted_at_work SIGNAL ARGUMENT...: the same for a program that works instead of waiting
interrupted_at_work() {
	local worker deadline limiter
	status=0
	env --default-signal=INT,TERM,HUP timeout --signal=KILL 300 "$program" "${@:2}" </dev/null >out 2>err 3>&- &
	limiter=$!
	started+=("$limiter")
	wait_until has_child "$limiter"
	worker=$(<"/proc/$limiter/task/$limiter/children")
	worker=${worker%% *}
	wait_until works "$worker"
	kill -s "$1" "$worker"
	deadline=$((SECONDS + 30))
	while [[ -e /proc/$limiter/fd/0 ]]; do
		[[ $SECONDS -lt $deadline ]] || fail "still running 30 seconds after SIG$1: $*"
		sleep 0.05
	done
	wait "$limiter" || status=$?
	stderr=$(<err)
}

has_child() {
	[[ -n $(<"/proc/$1/task/$1/children") ]]
}

# works PID: it has used a tenth of a second of processor time, and has set its signal handlers
works() {
	local fields
	handles_signals "$1" || return
	read -ra fields < <(sed 's/.*) //' "/proc/$1/stat")
	[[ $((fields[11] + fields[12])) -ge $(($(getconf CLK_TCK) / 10)) ]]
}

# bats test_tags=race
@test "verify ends on SIGINT during a long comparison of checksums" {
	hostile sparse 200 1073741824 0 xxh3=1 image
	touch before
	interrupted_at_work INT verify image
	ended_by_interrupt
}

# bats test_tags=race
@test "verify ends on SIGINT while it compares checksums of several images" {
	hostile sparse 200 1073741824 0 xxh3=1 image
	ln image other
	touch before
	interrupted_at_work INT verify --jobs 8 image other image other image
	ended_by_interrupt
}
