# SPDX-License-Identifier: GPL-2.0-or-later
dist_man_MANS += \
	man/pipeimg.1 \
	man/pipeimg-capture.1 \
	man/pipeimg-list.1 \
	man/pipeimg-restore.1 \
	man/pipeimg-show.1 \
	man/libpipeimg.3 \
	man/pipeimg.5
