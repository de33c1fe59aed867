# SPDX-License-Identifier: GPL-2.0-or-later
# Warnings in generated code are not fixed here.
proto_messages = proto/pipe-data proto/criu
proto_sources = $(proto_messages:=.pb-c.c) $(proto_messages:=.pb-c.h)

noinst_LTLIBRARIES += proto/libproto.la
nodist_proto_libproto_la_SOURCES = $(proto_sources)
proto_libproto_la_CFLAGS = -std=gnu11 $(SANITIZER_CFLAGS) $(PROTOBUF_C_CFLAGS)

BUILT_SOURCES += $(proto_sources)
CLEANFILES += $(proto_sources)
EXTRA_DIST += $(proto_messages:=.proto)

SUFFIXES = .proto .pb-c.c .pb-c.h
.proto.pb-c.c:
	$(AM_V_GEN)$(MKDIR_P) $(@D) && $(PROTOC_C) --proto_path=$(top_srcdir) --c_out=. $(@D)/$(notdir $<)
proto/pipe-data.pb-c.h: proto/pipe-data.pb-c.c
proto/criu.pb-c.h: proto/criu.pb-c.c
