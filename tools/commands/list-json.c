// SPDX-License-Identifier: GPL-2.0-or-later
#include "commands/list-json.h"

#include "pipeimg-private.h"

static void write_json_waits(struct json *json, const struct row *row)
{
	json_open_array(json, "waits");
	for (size_t i = 0; i < row->wait_count; i++) {
		json_open_object(json, NULL);
		json_number(json, "pid", row->waits[i].pid);
		json_number(json, "tid", row->waits[i].tid);
		json_number(json, "fd", row->waits[i].fd);
		json_string(json, "to", row->waits[i].writes ? "write" : "read");
		json_bool(json, "polls", row->waits[i].polls);
		json_close_object(json);
	}
	json_close_array(json);
}

static void write_json_halt(struct json *json, const struct pimg_end *end,
			    const struct pimg_halt *halt)
{
	const char *signal = pimg_stop_signal_name(halt->signal);

	json_open_object(json, NULL);
	json_number(json, "pid", end->pid);
	json_string(json, "comm", end->comm);
	json_bool(json, "stopped", halt->stopped);
	if (signal)
		json_string(json, "signal", signal);
	json_bool(json, "traced", halt->traced);
	if (halt->tracer) {
		json_number(json, "tracer_pid", (uint64_t)halt->tracer);
		json_string(json, "tracer_comm", halt->tracer_comm);
	}
	json_bool(json, "frozen", halt->frozen);
	json_close_object(json);
}

static void write_json_halts(struct json *json, const struct row *row)
{
	json_open_array(json, "halted");
	for (size_t i = 0; i < row->pipe->end_count; i++) {
		const struct pimg_halt *halt = row_halt(row, i);

		if (halt)
			write_json_halt(json, pimg_end_at(row->pipe->ends, i), halt);
	}
	json_close_array(json);
}

void row_write_json(struct json *json, const struct row *row)
{
	json_open_object(json, NULL);
	json_string(json, "type", pimg_type_name(row->pipe->type));
	json_number(json, "id", row->pipe->id);
	json_number(json, "inode", row->pipe->inode);
	if (row->pipe->path)
		json_string(json, "path", row->pipe->path);
	if (row->fill_known) {
		json_number(json, "bytes", row->fill.bytes);
		json_number(json, "capacity", row->fill.capacity);
		json_bool(json, "full", row->fill.full);
	} else
		json_string(json, "fill_error", row->fill_error.sentence);
	if (row->content_known) {
		json_string(json, "mode", pimg_mode_name(row->mode));
		json_number(json, "packets", row->packets);
	} else
		json_string(json, "content_error", row->content_error.sentence);
	json_ends(json, row->pipe->ends, row->pipe->end_count);
	write_json_waits(json, row);
	write_json_halts(json, row);
	json_close_object(json);
}
