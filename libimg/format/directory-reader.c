// SPDX-License-Identifier: LGPL-2.1-or-later
#include "format/directory-reader.h"

#include "base/error.h"

int directory_check_order(struct directory_reader *reader, enum pimg_byte_order order,
			  const char *name, struct pimg_error *problem)
{
	if (!reader->byte_order)
		reader->byte_order = order;
	if (reader->byte_order == order || reader->mixed_order)
		return 0;
	reader->mixed_order = true;
	error_check(problem, CHECK_MIXED_ORDER, "is %s, where the images before it are %s",
		    pimg_byte_order_name(order), pimg_byte_order_name(reader->byte_order));
	return error_in_file(problem, name);
}
