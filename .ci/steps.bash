# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# The steps of .ci/run and .ci/full, which source this file.
set -euo pipefail

cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.."
# For its functions for packages, the number of jobs and TAP totals.
# shellcheck source=bootstrap
source ./bootstrap
# shellcheck source=.ci/lint
source .ci/lint

readonly checkers=(abigail-tools clang clang-format codespell cppcheck groff-base mandoc shellcheck xz-utils zip)
# Extended regular expressions. If CI is set, a test that is skipped for any other reason counts as failed.
readonly allowed_skip_reasons=()
# .ci/full increases the following values. The limit, in seconds, is for a build or test run that hangs; on two idle
# cores, none takes half of it.
time_limit=2400
fuzz_seconds=15
# The number of random programs and captures in builds after the first one, which runs all of them: see
# tests/unit/test-exact.c and test-moving.c.
programs=5000
captures=1000
# Tests that depend on the byte order or word size, and are fast in an emulator.
readonly cross_tests=(
	tests/unit/test-format tests/unit/test-framing tests/unit/test-image tests/unit/test-export
	tests/unit/test-base64 tests/unit/test-sink tests/unit/test-source tests/fuzz/fuzz-record tests/commands/byte-order.bats
	tests/commands/fixtures.bats
)

work=$(mktemp -d "${TMPDIR:-/tmp}/pipeimg-ci.XXXXXX")
trap 'rm -rf -- "$work"' EXIT
# The first test that needs CRIU unpacks it there, for all builds.
export PIPEIMG_CRIU_ROOT=$work/criu-root
passed=0
failed=0
skipped=0
failed_steps=()
step_status=0

# ---- steps ---------------------------------------------------------------------------------------

# The failed tests in the output of a step, each with the first lines of what it printed. The last lines of the output
# rarely include them.
failed_tests() {
	awk '
		/^not ok/ && !/# (SKIP|TODO)/ { left = 40 }
		/^(ok|PASS:|1\.\.)/ { left = 0 }
		left > 0 { print; left-- }
	' "$1" | head -n 200
}

# run_logged TITLE COMMAND [ARG...]: announces a step, runs it, and sets step_status.
# Call it only as a plain command: in an "if" or before "||", bash would ignore "set -e" in the subshell too,
# and a step would continue after a command that failed.
run_logged() {
	local title=$1 step_log=$work/step.log started=$SECONDS
	shift
	printf '== %s ... ' "$title"
	set +e
	(
		set -e
		"$@"
	) >"$step_log" 2>&1 </dev/null
	step_status=$?
	set -e
	if [[ $step_status -eq 0 ]]; then
		printf 'ok (%d s)\n' $((SECONDS - started))
	else
		printf 'FAILED with status %d (%d s)\n' "$step_status" $((SECONDS - started))
		failed_tests "$step_log" | sed 's/^/   ! /'
		printf '   its last lines:\n'
		tail -n 80 -- "$step_log" | sed 's/^/   | /'
		failed_steps+=("$title")
	fi
}

# A step that counts as one test.
step() {
	run_logged "$@"
	if [[ $step_status -eq 0 ]]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
	fi
}

# test_step TITLE BUILDDIR COMMAND [ARG...]: a step of which each test is counted.
test_step() {
	local title=$1 suite_log=$2/test-suite.log ran=(0 0 0)
	rm -f -- "$suite_log"
	run_logged "$title" "${@:3}"
	if [[ -e $suite_log ]]; then
		read -ra ran < <(tap_totals "$suite_log")
	fi
	printf '   %d passed, %d failed, %d skipped\n' "${ran[@]}"
	passed=$((passed + ran[0]))
	failed=$((failed + ran[1]))
	skipped=$((skipped + ran[2]))
	# The totals do not reveal a step that was aborted, or that ran no test.
	if [[ $step_status -ne 0 && ${ran[1]} -eq 0 ]]; then
		failed=$((failed + 1))
	elif [[ ${ran[0]} -eq 0 && ${ran[1]} -eq 0 ]]; then
		printf '   no test ran: counted as one failed test\n'
		failed_steps+=("$title")
		failed=$((failed + 1))
	fi
}

# ---- skipped tests -------------------------------------------------------------------------------

is_allowed_skip() {
	local line=$1 reason
	for reason in "${allowed_skip_reasons[@]}"; do
		[[ ! $line =~ $reason ]] || return 0
	done
	return 1
}

refuse_skipped_tests() {
	local line refused=0
	while read -r line; do
		if ! is_allowed_skip "$line"; then
			printf '%s\n' "$line"
			refused=$((refused + 1))
		fi
	done < <(skipped_tests "$@")
	[[ $refused -eq 0 ]]
}

# ---- checkers ------------------------------------------------------------------------------------

# The run-time libraries of libFuzzer and clang's sanitizers are in a separate package for each version.
install_checkers() {
	local version
	install_missing 'the checkers' "${checkers[@]}"
	version=$(clang -dumpversion)
	install_missing 'the fuzz targets' "libclang-rt-${version%%.*}-dev"
}

# ---- builds --------------------------------------------------------------------------------------

timed_make() {
	timeout --kill-after=10 "$time_limit" make --no-print-directory -j "$(job_count)" "$@"
}

# configure_in DIR [OPTION...]
configure_in() {
	local directory=$1
	shift
	mkdir -p -- "$directory"
	(cd -- "$directory" && ../configure --quiet "$@")
}

check_with_sanitizers() {
	configure_in build-asan --enable-sanitizers CFLAGS='-O1 -g'
	timed_make -C build-asan all
	# Fewer programs and captures, because this is ten times slower and only checks memory accesses.
	PIPEIMG_PROGRAMS=$programs PIPEIMG_CAPTURES=$captures \
		timed_make -j "$(test_job_count)" -C build-asan check VERBOSE=1
}

# The tests replay earlier finds; this looks for new ones, for a limited time. The targets are built as OSS-Fuzz does;
# everything else is compiled too, for the warnings of a second compiler.
fuzz() {
	local flags='-O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -fsanitize=fuzzer-no-link'
	mkdir -p -- build-fuzz/out
	CC=clang CXX=clang++ CFLAGS=$flags CXXFLAGS=$flags LIB_FUZZING_ENGINE=-fsanitize=fuzzer \
		OUT=$PWD/build-fuzz/out WORK=$PWD/build-fuzz \
		timeout --kill-after=10 "$time_limit" contrib/oss-fuzz/build.sh --enable-werror
	timed_make -C build-fuzz TESTS= check
	timeout --kill-after=10 "$time_limit" tests/fuzz/run.sh build-fuzz/out "$fuzz_seconds"
}

# Nothing else may run at the same time, because it briefly changes a limit of the machine.
check_hard_limit() {
	CMOCKA_MESSAGE_OUTPUT=TAP PIPEIMG_CHANGE_MACHINE=yes timeout "$time_limit" build/tests/unit/test-limits
}

# Tests that kill processes, race with them or wait for them.
repeat_racing_tests() {
	timed_make -C build check-repeat "$@"
}

check_distribution() {
	PIPEIMG_PROGRAMS=$programs PIPEIMG_CAPTURES=$captures \
		timed_make -C build distcheck VERBOSE=1 DISTCHECK_CONFIGURE_FLAGS=--enable-werror
}

# The racing tests should run on busy processors; distcheck, which omits these tests, keeps them busy.
check_distribution_and_races() {
	local races status=0
	repeat_racing_tests N=1 >"$work/races.log" 2>&1 &
	races=$!
	PIPEIMG_TAGS='!race' check_distribution || status=$?
	wait "$races" || status=$?
	cat -- "$work/races.log"
	return "$status"
}

# ---- another byte order --------------------------------------------------------------------------

# check_on ARCHITECTURE TEST...
check_on() {
	local packages
	mapfile -t packages < <(tests/cross/run.sh --packages "$1")
	install_missing "tests for $1" "${packages[@]}"
	PIPEIMG_PROGRAMS=100 PIPEIMG_CAPTURES=20 timeout --kill-after=10 "$time_limit" \
		tests/cross/run.sh "$1" "build-$1" "${@:2}"
}

# ---- installation --------------------------------------------------------------------------------

# Builds a program as other projects do, with the installed header and .pc file.
use_installed_library() {
	local root=$1 program=$1/use-pipeimg flags
	flags=$(PKG_CONFIG_SYSROOT_DIR=$root PKG_CONFIG_PATH=$root/usr/local/lib/pkgconfig \
		pkg-config --cflags --libs pipeimg)
	printf '#include <pipeimg.h>\nint main(void)\n{\n\treturn !pimg_version();\n}\n' >"$program.c"
	# shellcheck disable=SC2086 # The flags are several words.
	gcc -Wall -Werror -o "$program" "$program.c" $flags
	LD_LIBRARY_PATH=$root/usr/local/lib "$program"
}

check_installation() {
	local root=$work/root file
	timed_make -C build install DESTDIR="$root"
	for file in bin/pipeimg lib/libpipeimg.so include/pipeimg.h lib/pkgconfig/pipeimg.pc; do
		if [[ ! -s $root/usr/local/$file ]]; then
			printf 'not installed: %s\n' "$file"
			return 1
		fi
	done
	LD_LIBRARY_PATH=$root/usr/local/lib "$root/usr/local/bin/pipeimg" --version
	use_installed_library "$root"
}

# ---- the run -------------------------------------------------------------------------------------

report() {
	local title
	printf 'took %d minutes\n' $(((SECONDS + 59) / 60))
	for title in "${failed_steps[@]}"; do
		printf 'failed: %s\n' "$title"
	done
	printf '%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
	[[ $failed -eq 0 && ${#failed_steps[@]} -eq 0 ]]
}

# The steps of both .ci/run and .ci/full.
run_steps() {
	step 'bootstrap, with the demonstration' timeout --kill-after=10 "$time_limit" ./bootstrap
	test_step 'tests' build timeout --kill-after=10 "$time_limit" ./bootstrap check
	step 'packages for the checkers' install_checkers
	step 'clang-format' check_format
	step 'cppcheck' check_with_cppcheck
	step 'shellcheck' check_with_shellcheck
	step 'codespell' check_spelling
	step 'plain English' check_english
	step 'mandoc and groff' check_manual
	step 'dependencies between files and folders' check_structure build
	step "the library's ABI" timed_make -C build check-abi
	test_step 'tests with sanitizers' build-asan check_with_sanitizers
	step "clang with warnings as errors, and fuzz targets, $fuzz_seconds s each" fuzz
	test_step 'tests for s390x in an emulator' build-s390x check_on s390x "${cross_tests[@]}"
	if [[ -n ${CI:-} ]]; then
		step 'hard limit of pipe pages' check_hard_limit
		step 'no test was skipped' refuse_skipped_tests build build-asan
	fi
	step 'distcheck with warnings as errors, and racing tests' check_distribution_and_races
	step 'installation' check_installation
}
