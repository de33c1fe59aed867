// SPDX-License-Identifier: LGPL-2.1-or-later
#include "format/directory-reader.h"

#include "base/error.h"
#include "base/lower-bound.h"

static int by_file(const void *a, const void *b)
{
	uint32_t x = ((const struct directory_flight *)a)->file_id;
	uint32_t y = ((const struct directory_flight *)b)->file_id;

	return (x > y) - (x < y);
}

size_t directory_first_flight(const struct directory_flight *flights, size_t count,
			      uint32_t file_id)
{
	struct directory_flight wanted = {.file_id = file_id};

	return lower_bound(&wanted, flights, count, sizeof(wanted), by_file);
}

int directory_check_order(struct directory_reader *reader, enum pimg_byte_order order,
			  const char *name, struct pimg_error *problem)
{
	if (!reader->byte_order)
		reader->byte_order = order;
	if (reader->byte_order == order || reader->mixed_order)
		return 0;
	reader->mixed_order = true;
	error_check(problem, CHECK_MIXED_ORDER, "is %s, but the images before it are %s",
		    pimg_byte_order_name(order), pimg_byte_order_name(reader->byte_order));
	return error_in_file(problem, name);
}
