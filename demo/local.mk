# SPDX-License-Identifier: GPL-2.0-or-later
# The demonstration at the end of ./bootstrap: two small programs at the ends of a real pipe.
noinst_PROGRAMS += demo/packet-writer demo/packet-reader
demo_packet_writer_SOURCES = demo/packet-writer.c demo/message-line.c demo/message-line.h
demo_packet_reader_SOURCES = demo/packet-reader.c demo/message-line.c demo/message-line.h
EXTRA_DIST += demo/demo.sh demo/live.bash demo/screenshots.sh demo/terminal-svg.py demo/transcripts.sh \
	doc/browse.svg doc/list.svg
