#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# pipeimg browse of an input with several dumps: first the list of them, and then the views of the one that is opened.
load ../commands/helpers.bash
load terminal.bash
load screens.bash

readonly dump=$fixtures/criu-4.2/pipeline

setup() {
	cd -- "$BATS_TEST_TMPDIR" || return
}

# make KIND: writes that input. See container-images.py for the kinds.
make() {
	"$python" "$PIPEIMG_SOURCE/tests/commands/container-images.py" "$1" "$dump" "$1"
}

# open_list KIND [ROW...]: opens it, and waits until all dumps are counted
open_list() {
	open_browser 100 24 "$1"
	wait_for_screen CHECKPOINTED "${@:2}"
	wait_for_regex '[0-9]+ +[0-9.KM]+ +[0-9]+ (no|yes)'
	wait_until_gone counting
}

# ---- the list ---------------------------------------------------------------------------------

@test "an input with several dumps opens with a line for each" {
	make pod
	open_browser 80 24 pod
	assert_screen dumps-80x24
}

@test "the list has the columns of show's table, in the same order" {
	local wanted
	make pod
	wanted=$(pipeimg show pod pod | head -n 2 | sed 's/pod:sidecar/sidecar/; s/65536/64K/' | tr -s ' ')
	open_list pod sidecar/checkpoint
	[[ $(screen | sed -n '2,3s/^ *//p' | tr -s ' ') == "$wanted" ]] || fail "$(screen)" "$wanted"
}

@test "a dump that cannot be opened is a line that says why, and the others open" {
	make pod-with-empty
	open_browser 130 24 pod-with-empty
	wait_for_screen 'sidecar/checkpoint  is the export of a container named sidecar, whose checkpoint/ contains no images'
	press Down Enter
	wait_for_regex 'pod-with-empty.*: is the export of a container named sidecar'
	press Up Enter
	wait_for_screen 'queues  pod-with-empty  web/checkpoint'
}

@test "dumps are sorted by any column, and reversed" {
	make pod
	open_list pod
	types 'sort image'
	wait_for_screen 'sorted by IMAGE, ascending'
	press S
	wait_for_screen 'sorted by IMAGE, descending'
	[[ $(screen_row 3) == *web/checkpoint && $(screen_row 4) == *sidecar/checkpoint ]] || fail "$(screen)"
}

@test "dumps are filtered by text and by bytes" {
	make pod
	open_list pod
	types 'filter sidecar'
	wait_until_gone web/checkpoint
	wait_for_screen sidecar/checkpoint 'filter sidecar'
	types 'filter >1M'
	wait_for_screen 'nothing matches the filter'
	press Escape
	wait_for_screen web/checkpoint sidecar/checkpoint
}

@test "a search finds a dump by its path" {
	make pod
	open_list pod
	type_text /web
	press Enter
	wait_for_selected 'web/checkpoint$'
}

# ---- a dump -----------------------------------------------------------------------------------

@test "Enter opens a dump, which the titles name, and q returns to the list" {
	make pod
	open_list pod
	press Down Enter
	wait_for_screen 'queues  pod  web/checkpoint' 30964
	press Enter
	wait_for_screen 'packets  pod  web/checkpoint  pipe 30964'
	press q q
	wait_until_gone queues
	press Up Enter
	wait_for_screen 'queues  pod  sidecar/checkpoint'
	press Q
	wait_for_end 0
}

@test "the title names the container, if the path of the dump does not" {
	"$python" - "$dump" <<-'END'
		import json, shutil, sys
		for name in ("one", "two"):
		    shutil.copytree(sys.argv[1], f"both/{name}/checkpoint")
		    with open(f"both/{name}/config.dump", "w") as file:
		        json.dump({"id": "1", "name": "shop"}, file)
	END
	open_browser 80 24 both
	wait_for_screen two/checkpoint
	press Enter
	wait_for_screen 'queues  both  one/checkpoint  shop'
}

@test "V verifies the dump that is open" {
	make pod-with-empty
	open_browser 80 24 --dump web/checkpoint pod-with-empty
	wait_for_screen 30964
	press V
	wait_for_screen 'findings  pod-with-empty  web/checkpoint' 'checked 1 queue'
	[[ $(screen) != *sidecar* ]] || fail "$(screen)"
}

@test "export writes packets of the dump that is open" {
	make pod
	open_list pod
	press Down Enter
	wait_for_screen 30964
	press Enter
	wait_for_screen LENGTH
	types "export $PWD/out.bin"
	until_screen test -s out.bin
	cmp out.bin <(pipeimg show --raw --dump web/checkpoint pod)
}

@test "a dump that is left is closed" {
	local before
	make pod
	open_list pod
	before=$(ls "/proc/$(browser_pid)/fd" | wc -l)
	for name in sidecar web; do
		press Enter
		wait_for_screen "queues  pod  $name/checkpoint"
		press q
		wait_until_gone queues
		press Down
	done
	[[ $(ls "/proc/$(browser_pid)/fd" | wc -l) -eq $before ]]
}

@test "an archive with several dumps from standard input is listed, and its dumps open" {
	make pod
	open_terminal 80 24 bash -c "$(printf '%q browse - <pod' "$program")"
	wait_for_screen web/checkpoint
	press Enter
	wait_for_screen 'sidecar/checkpoint' 30964
}

# ---- --dump -----------------------------------------------------------------------------------

@test "--dump opens a dump at once, and q then quits" {
	make pod
	open_browser 80 24 --dump web/checkpoint pod
	wait_for_screen 'queues  pod  web/checkpoint' 30964
	press q
	wait_for_end 0
}

@test "--dump of an unknown path is refused with the paths that there are" {
	make pod
	open_browser 100 24 --dump web pod
	wait_for_screen "contains no dump 'web', but sidecar/checkpoint and web/checkpoint"
	wait_for_end 2
}

@test "--pipe needs --dump if there are several dumps" {
	make pod
	open_browser 100 24 --pipe 30964 pod
	wait_for_screen 'choose one with --dump'
	wait_for_end 1
}

@test "--live and --dump are mutually exclusive" {
	assert_fails 2 "--live and --dump are mutually exclusive" pipeimg browse --live --dump x
}
