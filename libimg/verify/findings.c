// SPDX-License-Identifier: LGPL-2.1-or-later
#include "verify/findings.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/error.h"
#include "queue/queue.h"

int verify_tell(struct verify *verify, const struct pimg_error *finding, enum pimg_type type,
		struct pimg_error *error)
{
	/* Bad data that names no check comes from a file that another process writes to. */
	const struct pimg_check *check =
		check_row(finding->check[0] ? error_check_of(finding) : CHECK_CHANGED);

	verify->summary->findings[check->severity]++;
	if (verify->found && verify->found(verify->context, check, finding, type))
		return error_interrupted(error);
	return 0;
}

int64_t verify_add_queue(struct verify *verify, enum pimg_type type, uint32_t id,
			 struct pimg_error *error)
{
	int64_t number = queue_table_add(&verify->table, type, id, error);
	size_t before = verify->queue_room;

	if (number < 0 || array_make_room(&verify->queues, &verify->queue_room, (size_t)number + 1,
					  sizeof(*verify->queues), error) < 0)
		return -1;
	memset(verify->queues + before, 0, (verify->queue_room - before) * sizeof(*verify->queues));
	return number;
}

void verify_count_end(struct verify *verify, struct verify_queue *queue, const struct pimg_end *end)
{
	verify->end_count++;
	queue->has_end = true;
	queue->reads |= pimg_end_reads(end);
	queue->surely_reads |= pimg_end_reads(end) && queue_end_is_known(end);
	queue->writes |= pimg_end_writes(end);
	queue->packet_mode |= pimg_end_packet_mode(end);
}

int verify_tell_or_fail(struct verify *verify, const struct pimg_error *failure,
			struct pimg_error *error)
{
	if (failure->status == PIMG_BAD_DATA)
		return verify_tell(verify, failure, PIMG_PIPE, error);
	return error_copy(error, failure);
}

void verify_release(struct verify *verify)
{
	for (size_t i = 0; i < VERIFY_PARTS; i++)
		free(verify->names[i]);
	for (size_t i = 0; i < verify->table.count && i < verify->queue_room; i++)
		free(verify->queues[i].path);
	queue_table_release(&verify->table);
	queue_table_release(&verify->saved_table);
	queue_index_release(&verify->index);
	queue_index_release(&verify->found_index);
	free(verify->queues);
	free(verify->passed_in);
	folder_close(verify->folder);
}
