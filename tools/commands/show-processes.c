// SPDX-License-Identifier: GPL-2.0-or-later
#include "commands/show-processes.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "pipeimg-private.h"
#include "shared/options.h"
#include "shared/text.h"

/* A deeper process is not indented further: 10^5 generations would print 10^10 spaces. */
#define DEPTH_SHOWN 20

static struct pimg_end end_of(const struct pimg_descriptor *descriptor)
{
	return (struct pimg_end){.fd = descriptor->fd, .flags = descriptor->flags};
}

static struct pimg_descriptor descriptor_at(const struct show *show, size_t process, size_t index)
{
	struct pimg_descriptor descriptor = {.size = sizeof(descriptor)};

	pimg_image_task_descriptor(show->image, process, index, &descriptor);
	return descriptor;
}

/* ---- text ---- */

static void print_indent(uint32_t depth)
{
	printf("%*s", (int)(2 * (depth < DEPTH_SHOWN ? depth : DEPTH_SHOWN)), "");
}

/* The command line, cut to the width of a terminal. */
static void print_command(const struct pimg_task *task)
{
	enum { BEFORE_COMMAND = 30, LEAST = 20 };
	size_t columns = SIZE_MAX, used = BEFORE_COMMAND + 2 * task->depth;
	char text[4096];
	size_t length = task->command_bytes;

	if (!task->command || length > sizeof(text))
		return;
	memcpy(text, task->command, length);
	while (length && !text[length - 1])
		length--;
	for (size_t i = 0; i < length; i++)
		text[i] = (char)(text[i] ? text[i] : ' ');
	if (isatty(STDOUT_FILENO))
		columns = output_columns() > used + LEAST ? output_columns() - used : LEAST;
	fputs("  ", stdout);
	print_bytes(stdout, text, length, columns, false);
}

/* "\_ sh[6]  stopped  sh -c 'sleep 10'" */
static void print_process(const struct pimg_task *task)
{
	print_indent(task->depth);
	fputs(task->depth ? "\\_ " : "", stdout);
	fputs(style(STYLE_HEADING), stdout);
	print_bytes(stdout, task->comm, strlen(task->comm), SIZE_MAX, false);
	printf("[%" PRIu32 "]%s", task->pid, style(STYLE_PLAIN));
	if (task->depth > DEPTH_SHOWN)
		printf("  child of %" PRIu32, task->parent);
	else if (!task->depth && task->parent)
		printf("  parent %" PRIu32 " is not above it in the dump", task->parent);
	if (task->state != PIMG_TASK_ALIVE && task->state != PIMG_TASK_UNKNOWN)
		printf("  %s", pimg_task_state_name(task->state));
	print_command(task);
	putchar('\n');
}

/* "2 packets, 12 bytes", or what is known in place of it. */
static void print_unread(const struct pimg_descriptor *descriptor)
{
	const struct pimg_queue_info *queue = descriptor->queue;

	if (!queue) {
		fputs("  empty", stdout);
	} else if (!descriptor->has_record) {
		fputs(queue->unreadable ? "  unreadable" : "  not in the dump", stdout);
	} else if (!queue->chunks) {
		fputs("  empty", stdout);
	} else {
		fputs("  ", stdout);
		if (queue->packets)
			printf("%zu packet%s, ", queue->packets, PLURAL_S(queue->packets));
		printf("%" PRIu64 " byte%s", queue->bytes, PLURAL_S(queue->bytes));
	}
}

/* "   4W  pipe 4711  2 packets, 12 bytes  no reader in the dump  fd[N]:pipe:[4711]" */
static void print_descriptor(const struct pimg_task *task, const struct pimg_descriptor *descriptor)
{
	const struct pimg_end end = end_of(descriptor);
	char resource[PIMG_RESOURCE_SIZE];

	print_indent(task->depth + (task->depth > 0));
	printf("  %3" PRIu32 "%-2s  %s %" PRIu32, descriptor->fd, end_letters(&end),
	       pimg_type_name(descriptor->type), descriptor->id);
	if (descriptor->socket != PIMG_SOCKET_UNKNOWN)
		printf(" (%s)", pimg_socket_name(descriptor->socket));
	print_unread(descriptor);
	if (descriptor->type != PIMG_SOCKET && !descriptor->has_reader)
		fputs("  no reader in the dump", stdout);
	if (descriptor->type != PIMG_SOCKET && !descriptor->has_writer)
		fputs("  no writer in the dump", stdout);
	if (descriptor->path) {
		fputs("  ", stdout);
		print_bytes(stdout, descriptor->path, strlen(descriptor->path), SIZE_MAX, false);
	}
	if (pimg_descriptor_resource(descriptor, resource, sizeof(resource))) {
		printf("  %sfd[N]:", style(STYLE_DIM));
		print_bytes(stdout, resource, strlen(resource), SIZE_MAX, false);
		fputs(style(STYLE_PLAIN), stdout);
	}
	putchar('\n');
}

static void print_with_descriptors(const struct show *show, size_t number,
				   const struct pimg_task *task)
{
	print_process(task);
	for (size_t i = 0; i < task->descriptor_count && !show_is_over(); i++) {
		struct pimg_descriptor descriptor = descriptor_at(show, number, i);

		print_descriptor(task, &descriptor);
	}
}

/* ---- JSON ---- */

static void write_queue(struct json *json, const struct pimg_descriptor *descriptor)
{
	const struct pimg_queue_info *queue = descriptor->queue;

	if (!descriptor->has_record && queue && queue->unreadable)
		json_null(json, "in_dump");
	else
		json_bool(json, "in_dump", descriptor->has_record);
	if (!descriptor->has_record)
		return;
	json_string(json, "mode", pimg_mode_name(queue->mode));
	json_number(json, "bytes", queue->bytes);
	json_number(json, "packets", queue->packets);
}

static void write_descriptor(struct json *json, const struct pimg_descriptor *descriptor)
{
	const struct pimg_end end = end_of(descriptor);
	char resource[PIMG_RESOURCE_SIZE], text[PIMG_RESOURCE_SIZE + 16];

	json_open_object(json, NULL);
	json_number(json, "fd", descriptor->fd);
	json_number(json, "file", descriptor->file);
	json_string(json, "type", pimg_type_name(descriptor->type));
	json_number(json, "id", descriptor->id);
	if (descriptor->type == PIMG_SOCKET)
		json_string(json, "socket_type", pimg_socket_name(descriptor->socket));
	json_bool(json, "reads", pimg_end_reads(&end));
	json_bool(json, "writes", pimg_end_writes(&end));
	json_bool(json, "packet_mode", pimg_end_packet_mode(&end));
	json_number(json, "flags", end.flags);
	if (descriptor->path)
		json_string(json, "path", descriptor->path);
	write_queue(json, descriptor);
	if (descriptor->type != PIMG_SOCKET) {
		json_bool(json, "reader_in_dump", descriptor->has_reader);
		json_bool(json, "writer_in_dump", descriptor->has_writer);
	}
	if (pimg_descriptor_resource(descriptor, resource, sizeof(resource))) {
		snprintf(text, sizeof(text), "fd[N]:%s", resource);
		json_string(json, "inherit_fd", text);
	}
	json_close_object(json);
}

/* Null if the command is not known. */
static void write_command(struct json *json, const struct pimg_task *task)
{
	const char *at = task->command, *end = at ? at + task->command_bytes : NULL;

	if (!at) {
		json_null(json, "command");
		return;
	}
	json_open_array(json, "command");
	for (; at < end; at += strlen(at) + 1)
		json_string(json, NULL, at);
	json_close_array(json);
}

static void write_process(struct show *show, size_t number, const struct pimg_task *task)
{
	struct json *json = &show->json;

	json_open_object(json, NULL);
	json_number(json, "pid", task->pid);
	json_number(json, "parent", task->parent);
	json_number(json, "depth", task->depth);
	json_string(json, "comm", task->comm);
	json_string(json, "state", pimg_task_state_name(task->state));
	write_command(json, task);
	json_open_array(json, "descriptors");
	for (size_t i = 0; i < task->descriptor_count && !show_is_over(); i++) {
		struct pimg_descriptor descriptor = descriptor_at(show, number, i);

		write_descriptor(json, &descriptor);
	}
	json_close_array(json);
	json_close_object(json);
}

void show_processes(struct show *show)
{
	size_t count = pimg_image_task_count(show->image);

	for (size_t i = 0; i < count && !show_is_over(); i++) {
		struct pimg_task task = {.size = sizeof(task)};

		pimg_image_task(show->image, i, &task);
		if (settings.json)
			write_process(show, i, &task);
		else
			print_with_descriptors(show, i, &task);
	}
}
