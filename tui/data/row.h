/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TUI_DATA_ROW_H
#define TUI_DATA_ROW_H

#include <stdbool.h>
#include <stdint.h>

struct row {
	uint32_t offset, length; /* of its bytes; for text with the line feed */
	uint16_t indent;	 /* columns */
	bool in_string;		 /* of JSON: it goes on with a string of the row above */
	bool cuts_name;		 /* of JSON: the string that goes on in the row below is a name */
};

#endif
