/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * ELF notes that name the libraries loaded on demand: packagers and tools that build initial RAM disks do
 * not find these among the linker's entries.
 *
 * The format is that of the UAPI group's "ELF dlopen metadata" specification: a note of type 0x407c0c0a by
 * "FDO" in the section .note.dlopen, with an array of JSON objects.
 */
#ifndef LIBIMG_BASE_ELF_NOTE_H
#define LIBIMG_BASE_ELF_NOTE_H

#include <stdint.h>

#define ELF_NOTE_DLOPEN_VENDOR "FDO"
#define ELF_NOTE_DLOPEN_TYPE   UINT32_C(0x407c0c0a)

/* @json_: a string literal */
#define ELF_NOTE_DLOPEN(name_, json_)                                                              \
	__attribute__((used, section(".note.dlopen"), aligned(4))) static const struct {           \
		struct {                                                                           \
			uint32_t name_bytes, content_bytes, type;                                  \
		} head;                                                                            \
		char vendor[sizeof(ELF_NOTE_DLOPEN_VENDOR)];                                       \
		_Alignas(4) char content[sizeof(json_)];                                           \
	} name_ = {                                                                                \
		.head = {sizeof(ELF_NOTE_DLOPEN_VENDOR), sizeof(json_), ELF_NOTE_DLOPEN_TYPE},     \
		.vendor = ELF_NOTE_DLOPEN_VENDOR,                                                  \
		.content = json_,                                                                  \
	}

#endif
