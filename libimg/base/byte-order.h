/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Numbers in files. CRIU's container uses the byte order of the machine that made the dump, which its magic
 * numbers show. All others are little-endian: in protobuf messages, in zstd's seek table, in the queue
 * index, and in the pcapng that is written here.
 */
#ifndef LIBIMG_BASE_BYTE_ORDER_H
#define LIBIMG_BASE_BYTE_ORDER_H

#include <endian.h>
#include <stdint.h>
#include <string.h>

#include "pipeimg.h"

#if __BYTE_ORDER == __BIG_ENDIAN
#define BYTE_ORDER_HERE PIMG_BIG_ENDIAN
#else
#define BYTE_ORDER_HERE PIMG_LITTLE_ENDIAN
#endif

static inline uint32_t load_le32(const uint8_t *at)
{
	uint32_t value;

	memcpy(&value, at, sizeof(value));
	return le32toh(value);
}

static inline uint64_t load_le64(const uint8_t *at)
{
	uint64_t value;

	memcpy(&value, at, sizeof(value));
	return le64toh(value);
}

static inline void store_le32(uint8_t *at, uint32_t value)
{
	value = htole32(value);
	memcpy(at, &value, sizeof(value));
}

static inline void store_le64(uint8_t *at, uint64_t value)
{
	value = htole64(value);
	memcpy(at, &value, sizeof(value));
}

static inline uint32_t load_word(const uint8_t *at, enum pimg_byte_order order)
{
	uint32_t value;

	memcpy(&value, at, sizeof(value));
	return order == PIMG_BIG_ENDIAN ? be32toh(value) : le32toh(value);
}

static inline void store_word(uint8_t *at, uint32_t value, enum pimg_byte_order order)
{
	value = order == PIMG_BIG_ENDIAN ? htobe32(value) : htole32(value);
	memcpy(at, &value, sizeof(value));
}

#endif
