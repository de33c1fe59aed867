/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TUI_DATA_ROW_H
#define TUI_DATA_ROW_H

#include <stdbool.h>
#include <stdint.h>

struct row {
	uint32_t offset, length; /* of its bytes; text includes the line feed */
	uint16_t indent;	 /* columns */
	bool in_string;		 /* JSON: begins within a string of the row above */
	bool cuts_name;		 /* JSON: the string that continues in the next row is a name */
};

#endif
