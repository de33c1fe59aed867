# SPDX-License-Identifier: GPL-2.0-or-later
# Every test prints TAP, so that each claim is counted.
TEST_EXTENSIONS = .bats .sh
LOG_COMPILER = $(top_srcdir)/tests/run-cmocka.sh
LOG_DRIVER = env AM_TAP_AWK='$(AWK)' $(SHELL) $(top_srcdir)/build-aux/tap-driver.sh
BATS_LOG_DRIVER = $(LOG_DRIVER)
SH_LOG_DRIVER = $(LOG_DRIVER)
BATS_LOG_COMPILER = $(top_srcdir)/tests/run-bats.sh

# What the tests need to know about the build. CMOCKA_MESSAGE_OUTPUT makes cmocka print TAP.
AM_TESTS_ENVIRONMENT = \
	CMOCKA_MESSAGE_OUTPUT=TAP; export CMOCKA_MESSAGE_OUTPUT; \
	PIPEIMG_BUILD='$(abs_top_builddir)'; export PIPEIMG_BUILD; \
	PIPEIMG_SOURCE='$(abs_top_srcdir)'; export PIPEIMG_SOURCE; \
	PIPEIMG_CC='$(CC)'; export PIPEIMG_CC; \
	PIPEIMG_EMULATOR='$(EMULATOR)'; export PIPEIMG_EMULATOR; \
	PIPEIMG_SANITIZED='$(SANITIZER_CFLAGS)'; export PIPEIMG_SANITIZED; \
	BATS='$(BATS)'; export BATS;

EXTRA_DIST += tests/abi.sh tests/cross/run.sh tests/debian-packages.bash tests/repeat.sh tests/run-bats.sh \
	tests/run-cmocka.sh tests/structure/floors.py

include tests/unit/local.mk
include tests/fuzz/local.mk
include tests/commands/local.mk
include tests/tui/local.mk

# make check-repeat [TESTS='FILE...'] [N=100] [FILTER=REGEX] [TAGS=race] [JOBS=1] [BUSY=yes] [KEEP_GOING=yes]
# repeats the tests. Without TESTS, it runs those that kill processes, race with them or wait for them.
racing_tests = $(filter %.bats,$(TESTS)) $(filter $(racing_unit_tests),$(TESTS))
repeat_options = \
	-n '$(or $(N),100)' -j '$(or $(JOBS),1)' \
	$(if $(filter yes,$(BUSY)),-b) $(if $(filter yes,$(KEEP_GOING)),-k) \
	$(if $(FILTER),-f '$(FILTER)') \
	$(if $(TAGS),-t '$(TAGS)',$(if $(filter command line,$(origin TESTS)),,-t race))
check-repeat: all
	$(MAKE) $(AM_MAKEFLAGS) $(check_PROGRAMS) $(check_LTLIBRARIES)
	@$(AM_TESTS_ENVIRONMENT) $(top_srcdir)/tests/repeat.sh $(repeat_options) \
		$(if $(filter command line,$(origin TESTS)),$(TESTS),$(racing_tests))
.PHONY: check-repeat
