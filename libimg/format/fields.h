/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Numbers of fields that are read and written in place, without the generated code, which has them only as
 * data: a test compares the two.
 */
#ifndef LIBIMG_FORMAT_FIELDS_H
#define LIBIMG_FORMAT_FIELDS_H

/* Of a pipe_data_entry; a sk_packet_entry has the first two with other names. */
enum {
	FIELD_ID = 1,
	FIELD_BYTES = 2,
	FIELD_SIZE = 3,
	FIELD_CHUNKS = 1000,
	FIELD_KIND = 1001,
	FIELD_XXH3 = 1002,
	FIELD_ORIGIN = 1003,
	FIELD_RECORDS = 1004,
	FIELD_QUEUES = 1005,
	FIELD_MESSAGE_XXH3 = 1100,
};

/* Of a sk_packet_entry. */
enum {
	FIELD_ADDRESS = 3, /* not in proto/ */
	FIELD_SCM = 4,
};

/* Of a file_entry, and of the reg_file_entry in it. */
enum {
	FIELD_REG = 3,
	FIELD_REG_ID = 1,
	FIELD_REG_FLAGS = 2,
	/* Ours: the flags that a FIFO had at the dump, before O_DIRECT was removed from them. */
	FIELD_REG_DUMPED_FLAGS = 1000,
};

#endif
