// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The dump: while the tasks are frozen, saves every queue of the tree, with its ends, next to CRIU's images.
 *
 * Tasks cannot use their pipes now, but processes outside the tree can. So a queue is captured at one moment, later
 * than CRIU's copy of its bytes, and this later copy is the one that is restored: what an outside reader took before
 * it does not come twice, and what an outside writer added is not lost. CRIU's images are not changed.
 */
#include "criu/dump.h"

#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "criu/capture.h"
#include "criu/inventory.h"
#include "criu/node.h"
#include "criu/noted.h"
#include "criu/tree.h"
#include "pipeimg-private.h"
#include "shared/message.h"

struct dump {
	const struct hook *hook;
	int criu; /* pidfd */
	struct tree tree;
	struct pimg_queue **queues;
	size_t count;
	size_t packets;
	bool has_packet_pipes; /* packets, or an end in packet mode */
	struct noted noted;
	uint64_t *twins; /* numbers that several pipes of the tree share, sorted */
	size_t twin_count;
};

static void dump_release(struct dump *dump)
{
	if (dump->criu >= 0)
		close(dump->criu);
	for (size_t i = 0; i < dump->count; i++)
		pimg_queue_free(dump->queues[i]);
	free(dump->queues);
	free(dump->twins);
	noted_release(&dump->noted);
	tree_release(&dump->tree);
}

/* ---- the queue of the tree ---- */

/* Adds the ends, with the pids that the tasks will have after a restore. */
static int add_ends(const struct dump *dump, const struct pimg_live_pipe *pipe,
		    struct pimg_queue *queue, struct pimg_error *error)
{
	for (size_t i = 0; i < pipe->end_count; i++) {
		const struct task *task =
			tree_find(&dump->tree, (pid_t)pimg_end_at(pipe->ends, i)->pid);
		struct pimg_end end = *pimg_end_at(pipe->ends, i);

		if (!task)
			continue;
		end.pid = (uint32_t)task->inner_pid;
		if (pimg_queue_add_end(queue, &end, error) < 0)
			return -1;
	}
	return 0;
}

static int add_chunks(const struct pimg_queue *from, struct pimg_queue *queue,
		      struct pimg_error *error)
{
	const uint8_t *data = pimg_queue_data(from);

	for (size_t i = 0; i < pimg_queue_chunk_count(from); i++) {
		struct pimg_chunk chunk = pimg_queue_chunk(from, i);

		if (pimg_queue_append(queue, chunk.kind, data + chunk.offset, chunk.length, error) <
		    0)
			return -1;
	}
	return 0;
}

static struct pimg_queue *of_tree(const struct dump *dump, const struct pimg_live_pipe *pipe,
				  const struct pimg_queue *captured, struct pimg_error *error)
{
	struct pimg_queue *queue =
		pimg_queue_new(pimg_queue_type(captured), pipe->id, pimg_queue_capacity(captured));

	if (!queue)
		return NULL;
	pimg_queue_set_origin(queue, pimg_queue_origin(captured));
	if (add_chunks(captured, queue, error) == 0 && add_ends(dump, pipe, queue, error) == 0)
		return queue;
	pimg_queue_free(queue);
	return NULL;
}

/* ---- all queues ---- */

/*
 * CRIU restores a FIFO correctly unless packets are involved. Inode numbers of FIFOs are not unique, so saving
 * the others would only cause conflicts. A FIFO with packets when CRIU copied it may have none now.
 */
static bool is_needed(const struct dump *dump, const struct pimg_live_pipe *pipe)
{
	struct noted_pipe *noted = noted_find(&dump->noted, pipe->type, pipe->id);

	if (noted) {
		noted->found = true;
		noted->mode_found |= any_in_packet_mode(pipe->ends, pipe->end_count);
	}
	return noted || pipe->type == PIMG_PIPE || any_in_packet_mode(pipe->ends, pipe->end_count);
}

/* ---- pipes with the same number ---- */

static int by_number(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static uint64_t number_of(const struct pimg_live_pipe *pipe)
{
	return (uint64_t)pipe->type << 32 | pipe->id;
}

/* Lists the numbers that several pipes of the tree share: images identify a pipe only by its number. */
static int find_twins(struct dump *dump)
{
	const struct pimg_live *live = dump->tree.live;
	size_t count = pimg_live_pipe_count(live);

	dump->twins = calloc(count + 1, sizeof(*dump->twins));
	if (!dump->twins)
		return hook_refuse(dump->hook, PIMG_SYSTEM, "out of memory");
	for (size_t i = 0; i < count; i++)
		dump->twins[i] = number_of(pimg_live_pipe(live, i));
	qsort(dump->twins, count, sizeof(*dump->twins), by_number);
	for (size_t i = 1; i < count; i++) {
		if (dump->twins[i] == dump->twins[i - 1])
			dump->twins[dump->twin_count++] = dump->twins[i];
	}
	return 0;
}

static bool has_twin(const struct dump *dump, const struct pimg_live_pipe *pipe)
{
	uint64_t key = number_of(pipe);

	return dump->twin_count &&
	       bsearch(&key, dump->twins, dump->twin_count, sizeof(*dump->twins), by_number);
}

static const char *path_of(const struct pimg_live_pipe *pipe)
{
	return pipe->path ? pipe->path : "a pipe";
}

/* A linear search for the other pipe is fast enough, because this ends the dump. */
static int refuse_twin(const struct dump *dump, const struct pimg_live_pipe *pipe)
{
	const struct pimg_live *live = dump->tree.live;
	const struct pimg_live_pipe *other = NULL;

	for (size_t i = 0; i < pimg_live_pipe_count(live) && !other; i++) {
		const struct pimg_live_pipe *found = pimg_live_pipe(live, i);

		if (found != pipe && number_of(found) == number_of(pipe))
			other = found;
	}
	return hook_refuse(dump->hook, PIMG_BAD_DATA,
			   "%s and %s have the same inode number, %" PRIu32
			   ", on two file systems: CRIU mistakes them for one, and loses the "
			   "unread data of one; recreate one of them, or drain it before the dump",
			   path_of(pipe), other ? path_of(other) : "another", pipe->id);
}

/* Takes ownership of the captured queue. */
static int keep_queue(struct dump *dump, const struct pimg_live_pipe *pipe,
		      struct pimg_queue *captured)
{
	struct pimg_error error;
	struct pimg_queue *queue = of_tree(dump, pipe, captured, &error);

	pimg_queue_free(captured);
	if (!queue)
		return hook_refuse(dump->hook, PIMG_SYSTEM, "out of memory");
	dump->has_packet_pipes |=
		pimg_queue_packet_count(queue) || any_in_packet_mode(pipe->ends, pipe->end_count);
	dump->packets += pimg_queue_packet_count(queue);
	dump->queues[dump->count++] = queue;
	return 0;
}

static int keep_pipe(struct dump *dump, size_t index)
{
	const struct pimg_live_pipe *pipe = pimg_live_pipe(dump->tree.live, index);
	bool needed = is_needed(dump, pipe);
	struct pimg_queue *captured;
	int status = capture_pipe(dump->hook, dump->tree.live, index, needed, &captured);

	if (!captured)
		return status;
	needed = needed || pimg_queue_packet_count(captured);
	if (has_twin(dump, pipe) && (needed || pimg_queue_bytes(captured))) {
		pimg_queue_free(captured);
		return refuse_twin(dump, pipe);
	}
	if (!needed) {
		pimg_queue_free(captured);
		return 0;
	}
	return keep_queue(dump, pipe, captured);
}

static int keep_pipes(struct dump *dump)
{
	size_t count = pimg_live_pipe_count(dump->tree.live);
	int status;

	dump->queues = calloc(count + 1, sizeof(struct pimg_queue *));
	if (!dump->queues)
		return hook_refuse(dump->hook, PIMG_SYSTEM, "out of memory");
	status = find_twins(dump);
	for (size_t i = 0; !status && i < count; i++)
		status = keep_pipe(dump, i);
	return status;
}

/* ---- writing ---- */

static size_t count_type(const struct dump *dump, enum pimg_type type)
{
	size_t count = 0;

	for (size_t i = 0; i < dump->count; i++)
		count += pimg_queue_type(dump->queues[i]) == type;
	return count;
}

static int write_state(const struct dump *dump, enum pimg_type type)
{
	struct pimg_writer_options options = {
		.layout = PIMG_LAYOUT_PACKETS,
		.queue_count = (uint32_t)count_type(dump, type),
		.progress = until_interrupted,
	};
	struct pimg_writer *writer;
	struct pimg_error error;
	int status = 0;

	if (!options.queue_count)
		return 0;
	writer = hook_create_image(dump->hook, type, &options, &status);
	if (!writer)
		return status;
	for (size_t i = 0; i < dump->count; i++) {
		if (pimg_queue_type(dump->queues[i]) == type &&
		    pimg_writer_put(writer, dump->queues[i], &error) < 0) {
			pimg_writer_abort(writer);
			return hook_complain(dump->hook, &error);
		}
	}
	return pimg_writer_commit(writer, &error) < 0 ? hook_complain(dump->hook, &error) : 0;
}

static int write_images(const struct dump *dump)
{
	size_t counts[2] = {count_type(dump, PIMG_PIPE), count_type(dump, PIMG_FIFO)};
	int status = 0;

	for (int type = PIMG_PIPE; !status && type <= PIMG_FIFO; type++)
		status = write_state(dump, type);
	if (!status)
		status = hook_keep_inventory(dump->hook, counts);
	if (!status)
		hook_say(dump->hook, "saved %zu queue%s with %zu packet%s", dump->count,
			 PLURAL_S(dump->count), dump->packets, PLURAL_S(dump->packets));
	return status;
}

/* Streamed images are not in the directory, so the files of the hook would not be with them. */
static int keep_all(const struct dump *dump)
{
	if (!dump->count)
		return 0;
	if (hook_has(dump->hook, "inventory.img"))
		return write_images(dump);
	if (!dump->has_packet_pipes)
		return 0;
	return hook_refuse(dump->hook, PIMG_SYSTEM,
			   "CRIU did not write its images to the directory (criu --stream?); "
			   "packets cannot be saved with them");
}

/* If CRIU is killed, the tasks run, and what was captured since then does not belong to the dump. */
static int check_frozen(const struct dump *dump)
{
	struct pollfd criu = {.fd = dump->criu, .events = POLLIN};

	if (dump->criu >= 0 && poll(&criu, 1, 0) == 0)
		return 0;
	return hook_refuse(dump->hook, PIMG_SYSTEM, "CRIU has ended before the queues were saved");
}

static int dump_tree(struct dump *dump)
{
	int status = tree_of_dump(dump->hook, &dump->tree);

	if (!status)
		status = noted_read(dump->hook, &dump->noted);
	if (!status)
		status = keep_pipes(dump);
	if (!status)
		status = noted_check(dump->hook, &dump->noted);
	if (!status)
		status = check_frozen(dump);
	return status ? status : keep_all(dump);
}

static int remove_saved(const struct hook *hook)
{
	static const char *const names[] = {HOOK_SAVED};
	int status = 0;

	for (size_t i = 0; !status && i < sizeof(names) / sizeof(*names); i++)
		status = hook_remove(hook, names[i]);
	return status;
}

int hook_post_dump(const struct hook *hook)
{
	struct dump dump = {
		.hook = hook,
		.criu = (int)syscall(SYS_pidfd_open, hook->criu, 0),
	};
	int status;

	/* CRIU runs the hook twice if it is also in a configuration file. */
	if (!hook_has(hook, HOOK_FAILED) && hook_is_saved(hook)) {
		dump_release(&dump);
		return 0;
	}
	/* If the hook is killed, the mark remains. */
	status = hook_mark_failed(hook);
	if (!status)
		status = remove_saved(hook);
	if (!status)
		status = dump_tree(&dump);
	dump_release(&dump);
	if (!status)
		return hook_remove(hook, HOOK_FAILED);
	hook_say(hook, "the dump failed; do not restore these images");
	remove_saved(hook);
	return status;
}

/* ---- before the tasks are frozen ---- */

/* CRIU will refuse packet pipes without the plugin, and runs no action then that could report why. */
static void say_what_is_missing(const struct hook *hook)
{
	struct tree tree;
	bool found = false;

	if (node_has_plugin(hook->criu))
		return;
	if (tree_of_dump(hook, &tree) == 0) {
		for (size_t i = 0; !found && i < pimg_live_pipe_count(tree.live); i++) {
			const struct pimg_live_pipe *pipe = pimg_live_pipe(tree.live, i);

			found = any_in_packet_mode(pipe->ends, pipe->end_count);
		}
	}
	tree_release(&tree);
	if (found)
		hook_say(hook,
			 "the tasks have pipes in packet mode, which CRIU dumps only with the "
			 "plugin %s, but %s has none; run pipeimg criu-hook --check",
			 NODE_PLUGIN, node_plugin_directory(hook->criu));
}

int hook_pre_dump(const struct hook *hook)
{
	int status = remove_saved(hook);

	if (!status)
		status = hook_remove(hook, HOOK_FAILED);
	if (!status)
		status = hook_remove(hook, HOOK_LOG);
	if (!status)
		say_what_is_missing(hook);
	return status;
}
