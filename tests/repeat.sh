#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Runs tests many times, as "make check-repeat" does. See usage below.
set -euo pipefail

here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
readonly here
: "${PIPEIMG_SOURCE:=$(dirname -- "$here")}"
: "${PIPEIMG_BUILD:=$PIPEIMG_SOURCE/build}"
: "${BATS:=bats}"
# Seconds that one run of a test may take.
readonly time_limit=1800
logs=

times=100
jobs=1
busy=no
keep_going=no
bats_options=()
tests=()

# Maps the process ids of current runs to their numbers.
declare -A running=()
load=()

usage() {
	cat <<-'END'
		usage: repeat.sh [OPTION]... TEST...
		Runs each TEST (tests/commands/list.bats, tests/unit/test-live) many times, stops at the first
		run that fails, and prints its log. Logs of failed runs are kept in tests/repeat.* of the build directory.

		  -n TIMES   number of runs of each test (100)
		  -j JOBS    number of simultaneous runs of a test (1)
		  -b         keep every processor busy during the runs
		  -f REGEX   run only the tests of a bats file whose names match
		  -t TAGS    run only the tests of a bats file with these tags; "race" marks tests that kill
		             processes, race with them or wait for them
		  -k         continue after a failed run
		  -h         print this help
	END
}

take_options() {
	local option
	while getopts n:j:bf:t:kh option; do
		case $option in
		n) times=$OPTARG ;;
		j) jobs=$OPTARG ;;
		b) busy=yes ;;
		f) bats_options+=(--filter "$OPTARG") ;;
		t) bats_options+=(--filter-tags "$OPTARG") ;;
		k) keep_going=yes ;;
		h) usage && exit 0 ;;
		*) usage >&2 && exit 2 ;;
		esac
	done
	shift $((OPTIND - 1))
	tests=("$@")
	if [[ ! $times =~ ^[1-9][0-9]*$ || ! $jobs =~ ^[1-9][0-9]*$ || ${#tests[@]} -eq 0 ]]; then
		usage >&2
		exit 2
	fi
}

# ---- load ----------------------------------------------------------------------------------------

start_load() {
	local cpu
	[[ $busy = yes ]] || return 0
	for ((cpu = $(getconf _NPROCESSORS_ONLN); cpu > 0; cpu--)); do
		# They also end if this script is killed.
		(while kill -0 $$; do :; done) >/dev/null 2>&1 &
		load+=($!)
	done
}

# shellcheck disable=SC2317 # A trap runs it.
clean_up() {
	local pid
	for pid in "${load[@]}" "${!running[@]}"; do
		kill "$pid" 2>/dev/null || true
	done
	rmdir -- "$logs" 2>/dev/null || true
}

# ---- one run -------------------------------------------------------------------------------------

# Like automake: programs are in the build directory, scripts in the source directory.
run_test() {
	local path=$PIPEIMG_BUILD/$1
	[[ -e $path ]] || path=$PIPEIMG_SOURCE/$1
	case $1 in
	*.bats) set -- "$BATS" --tap "${bats_options[@]}" "$path" ;;
	*.sh) set -- "$path" ;;
	*) set -- "$here/run-cmocka.sh" "$path" ;;
	esac
	exec timeout --kill-after=10 "$time_limit" "$@"
}

log_of() {
	printf '%s/%s.%d.log' "$logs" "${1//\//-}" "$2"
}

# count_results LOG: prints "PASSED FAILED SKIPPED"
count_results() {
	awk '
		/^ok .*# [Ss][Kk][Ii][Pp]/ { skipped++; next }
		/^ok / { passed++ }
		/^not ok / { failed++ }
		END { print passed + 0, failed + 0, skipped + 0 }' "$1"
}

# ---- all runs of one test ------------------------------------------------------------------------

# end_run TEST PID STATUS: counts the results of the run, and keeps its log if it failed
end_run() {
	local number=${running[$2]} log counted
	unset "running[$2]"
	log=$(log_of "$1" "$number")
	read -ra counted < <(count_results "$log")
	passed=$((passed + counted[0]))
	failed=$((failed + counted[1]))
	skipped=$((skipped + counted[2]))
	runs=$((runs + 1))
	if [[ $3 -eq 0 && ${counted[1]} -eq 0 ]]; then
		# Notes of a bats test, for example that it repeated a round.
		[[ $1 != *.bats ]] || grep '^# ' -- "$log" | sed "s/^#/run $number:/" || true
		rm -f -- "$log"
		return
	fi
	failed_runs=$((failed_runs + 1))
	printf 'run %d of %s FAILED with status %d; %s:\n' "$number" "$1" "$3" "$log"
	grep -A 40 '^not ok ' -- "$log" | sed 's/^/   | /' || tail -n 40 -- "$log" | sed 's/^/   | /'
}

wait_for_run() {
	local ended status=0
	wait -n -p ended "${!running[@]}" || status=$?
	end_run "$1" "$ended" "$status"
}

# Reports on the current test, even if it was interrupted.
report_runs() {
	# Omit a file without a test of that name or tag.
	[[ ${failed_runs:-0} -gt 0 || $((${passed:-0} + ${failed:-0} + ${skipped:-0})) -gt 0 ]] || return 0
	printf '%s: %d runs, %d failed; %d tests passed, %d failed, %d skipped (%d s)\n' \
		"$test" "$runs" "$failed_runs" "$passed" "$failed" "$skipped" $((SECONDS - started))
}

may_go_on() {
	[[ $failed_runs -eq 0 || $keep_going = yes ]]
}

# repeat TEST: returns 1 if a run failed, or if there was nothing to run
repeat() {
	local runs=0 failed_runs=0 passed=0 failed=0 skipped=0 number=0 started=$SECONDS
	while [[ $number -lt $times ]] && may_go_on; do
		number=$((number + 1))
		(run_test "$1") >"$(log_of "$1" "$number")" 2>&1 </dev/null &
		running[$!]=$number
		[[ ${#running[@]} -lt $jobs ]] || wait_for_run "$1"
		# The next runs would not find a test either.
		[[ $runs -eq 0 || $((passed + failed + skipped)) -gt 0 ]] || break
	done
	while [[ ${#running[@]} -gt 0 ]]; do
		wait_for_run "$1"
	done
	report_runs
	any_passed=$((any_passed + passed))
	[[ $failed_runs -eq 0 ]]
}

main() {
	local test any_passed=0 status=0
	take_options "$@"
	mkdir -p -- "$PIPEIMG_BUILD/tests"
	logs=$(mktemp -d "$PIPEIMG_BUILD/tests/repeat.XXXXXX")
	trap clean_up EXIT
	trap 'report_runs; exit 130' INT
	trap 'report_runs; exit 143' TERM
	start_load
	for test in "${tests[@]}"; do
		repeat "$test" || status=1
		[[ $status -eq 0 || $keep_going = yes ]] || break
	done
	if [[ $status -eq 0 && $any_passed -eq 0 ]]; then
		printf 'no test ran\n' >&2
		status=1
	fi
	exit "$status"
}

main "$@"
