// SPDX-License-Identifier: LGPL-2.1-or-later
#include "base/check.h"

#include <string.h>

#include "base/names.h"

/*
 * The table of checks. Ids never change: scripts and people remember them. A new check gets the next
 * number of its group (PI0xx container, PI1xx messages, PI2xx queues, PI3xx directory, PI4xx effects
 * on a restore). A removed check leaves a gap.
 *
 * An error means damage: data is lost, or cannot be trusted. A warning means that the format is valid,
 * but data will be lost or something will fail later. A note is worth knowing.
 */
// clang-format off
static const struct pimg_check checks[CHECKS] = {
	[CHECK_MAGIC] = {
		"PI001", PIMG_ERROR, "image of an unknown type",
		"The magic number at the start of the file is not that of a known CRIU image. "
		"It is another kind of file, or its first bytes are damaged.",
	},
	[CHECK_MAGIC_CUT] = {
		"PI002", PIMG_ERROR, "truncated magic number",
		"The file is empty, or ends before its type is known. Nothing can be "
		"recovered from it: copy it from its source again.",
	},
	[CHECK_LENGTH_CUT] = {
		"PI003", PIMG_ERROR, "truncated length of a record",
		"One to three bytes follow the last record: the file was truncated, or "
		"something was appended. The records before are complete.",
	},
	[CHECK_LENGTH_ABSURD] = {
		"PI004", PIMG_ERROR, "implausible length of a message",
		"A record claims a message longer than any queue needs. Records follow each "
		"other without markers, so nothing after this record can be found. Bytes "
		"changed here, or in the lengths of the previous record.",
	},
	[CHECK_MESSAGE_CUT] = {
		"PI005", PIMG_ERROR, "truncated message",
		"The file ends inside a record's message. The records before are complete.",
	},
	[CHECK_PAYLOAD_CUT] = {
		"PI006", PIMG_ERROR, "truncated payload",
		"The file ends inside a record's payload: the copy is incomplete, or the disk "
		"was full when it was written.",
	},
	[CHECK_ZEROS_AT_END] = {
		"PI007", PIMG_ERROR, "zero bytes after the last record",
		"From here on, the file contains only zeros, which are not records. After a "
		"crash, file systems leave zeros in place of the data written last. The "
		"records before are complete; later ones are lost.",
	},
	[CHECK_WRONG_TYPE] = {
		"PI008", PIMG_ERROR, "unexpected type of image",
		"The magic number does not match the image's file name, or belongs to a type "
		"of image that contains no queues.",
	},
	[CHECK_TOO_MANY] = {
		"PI009", PIMG_ERROR, "too many queues, ends or descriptors",
		"The image names more queues, ends or descriptors than a kernel can have. It "
		"is damaged, or was crafted to exhaust its reader.",
	},
	[CHECK_OLD_VERSION] = {
		"PI010", PIMG_NOTE, "CRIU image format v1.0",
		"One magic number instead of two: the image was written by a CRIU before 1.6 "
		"(2015). It can be read completely.",
	},
	[CHECK_NOT_A_FILE] = {
		"PI011", PIMG_ERROR, "not a regular file",
		"In place of an image, the directory has another directory, a FIFO, a device, "
		"or a symbolic link to a file that does not exist. It was not read.",
	},
	[CHECK_NO_RECORDS] = {
		"PI012", PIMG_WARNING, "image without records",
		"The file ends after its magic number. Either there was no queue at all, or "
		"the file was truncated exactly there; the image does not show which.",
	},
	[CHECK_JSON] = {
		"PI013", PIMG_ERROR, "JSON that is not an image",
		"The text is not JSON, or not what crit decode prints for a queue image, or "
		"it was edited into something that no image can contain.",
	},
	[CHECK_CHANGED] = {
		"PI014", PIMG_ERROR, "file changed while it was read",
		"Another program is writing to the image. Try again when it has finished.",
	},
	[CHECK_COMPRESSION] = {
		"PI015", PIMG_ERROR, "damaged compressed data",
		"The data cannot be decompressed, or does not match its checksum. Everything "
		"before it can be read.",
	},
	[CHECK_COMPRESSION_CUT] = {
		"PI016", PIMG_ERROR, "truncated compressed data",
		"The file ends before the compressed data does: the copy is incomplete, or "
		"the disk was full when it was written. Everything up to there can be read.",
	},
	[CHECK_SEEK_TABLE] = {
		"PI017", PIMG_ERROR, "wrong seek table in a compressed file",
		"The table at the end of the file, which is used to find single packets, does "
		"not match the compressed data: something was appended, removed or changed. "
		"zstd -dc can read everything; convert or compress writes a correct table.",
	},
	[CHECK_BOMB] = {
		"PI018", PIMG_ERROR, "extreme compression ratio",
		"A few bytes decompress to very many. Queue images do not compress like that; "
		"the file may have been crafted to fill a disk.",
	},
	[CHECK_ARCHIVE] = {
		"PI019", PIMG_ERROR, "damaged or truncated archive",
		"The headers of the archive's members cannot be read from here on. Everything "
		"before can be read.",
	},
	[CHECK_ARCHIVE_EMPTY] = {
		"PI020", PIMG_ERROR, "archive without images",
		"No directory in the archive contains CRIU images or queue images.",
	},
	[CHECK_ARCHIVE_MANY] = {
		"PI021", PIMG_ERROR, "several dumps in one input",
		"The archive, directory or container image contains more than one dump, and the command "
		"takes one. Choose it with --dump.",
	},
	[CHECK_WINDOW] = {
		"PI022", PIMG_ERROR, "compression window too large",
		"Decompression needs more memory than pipeimg allows for an untrusted file. "
		"If you trust the file, decompress it into a pipe: zstd -dc --long=31 FILE | "
		"pipeimg show -",
	},
	[CHECK_QUEUE_INDEX] = {
		"PI023", PIMG_ERROR, "wrong queue index",
		"The index that finds one queue in a compressed image without reading the "
		"others is damaged, or belongs to another image. Reading from the start gives "
		"the right data: compress the image again.",
	},

	[CHECK_PRE_DUMP] = {
		"PI024", PIMG_WARNING, "CRIU pre-dump",
		"criu pre-dump copies memory while processes continue to run, and saves "
		"neither pipes nor anything else. The unread data is in the dump that "
		"follows; keep both.",
	},
	[CHECK_DIGEST] = {
		"PI025", PIMG_ERROR, "blob that does not match its digest",
		"A container image names its parts by the digests of their content, and the content of "
		"one differs: it was damaged or changed after the image was made. Copy the image again.",
	},
	[CHECK_MISSING_BLOB] = {
		"PI026", PIMG_ERROR, "container image without one of its blobs",
		"A manifest or layer that the container image names is not there: the copy is "
		"incomplete, or was made without that part.",
	},

	[CHECK_UNDECODABLE] = {
		"PI101", PIMG_ERROR, "message that cannot be decoded",
		"The message is not valid protobuf: its bytes changed, or the length of this "
		"record or of the previous one did.",
	},
	[CHECK_REQUIRED_FIELD] = {
		"PI102", PIMG_ERROR, "missing required field",
		"Every record has the id of its pipe and the length of its payload. Without "
		"the length, nothing after this record can be found.",
	},
	[CHECK_WIRE_TYPE] = {
		"PI103", PIMG_ERROR, "field with the wrong wire type",
		"The encoding of a known field does not match its type. CRIU refuses the "
		"entire image.",
	},
	[CHECK_UNKNOWN_KIND] = {
		"PI104", PIMG_ERROR, "unknown kind of chunk",
		"Chunks are stream runs (0) or packets (1). The value is damaged, or was "
		"written by a later version of pipeimg; use that version.",
	},
	[CHECK_ORIGIN] = {
		"PI105", PIMG_ERROR, "origin that cannot be decoded",
		"The owner and the mode of the pipe and the processes that had it open are "
		"lost; its content is not. CRIU does not read this field.",
	},
	[CHECK_VALUE_TOO_LARGE] = {
		"PI106", PIMG_WARNING, "value too large for its field",
		"The number has more than 32 bits. Readers use only the lower 32, which is "
		"probably not what was intended.",
	},
	[CHECK_REPEATED_FIELD] = {
		"PI107", PIMG_WARNING, "repeated field in a message",
		"The last one counts, in CRIU too. No known program writes this.",
	},
	[CHECK_UNKNOWN_FIELD] = {
		"PI108", PIMG_NOTE, "unknown field",
		"It was written by a later CRIU or pipeimg, or by another program. It is "
		"skipped.",
	},
	[CHECK_MESSAGE_CHECKSUM] = {
		"PI109", PIMG_ERROR, "message does not match its checksum",
		"Bytes of the message (pipe, capacity, chunks, kind, origin) changed since "
		"the image was written, or were edited by a program that does not know field "
		"1100. The payload may still be right: it has a separate checksum.",
	},
	[CHECK_NO_CHECKSUM] = {
		"PI110", PIMG_ERROR, "pipeimg record without checksums",
		"Fields of pipeimg come with checksums of the message (1100) and of the "
		"payload (1002), and one is missing: a field is damaged, or the image was "
		"edited. Changes to the record cannot be detected. This is reported once per "
		"file; more records may be affected.",
	},

	[CHECK_PAYLOAD_CHECKSUM] = {
		"PI201", PIMG_ERROR, "payload does not match its checksum",
		"Bytes that a reader would get changed since the image was written. restore "
		"refuses the queue; show --raw prints the bytes as they are.",
	},
	[CHECK_CHUNK_SUM] = {
		"PI202", PIMG_ERROR, "chunk list does not match the payload",
		"The lengths in the chunk list do not add up to the length of the payload, so "
		"the boundaries are not known. The bytes are there.",
	},
	[CHECK_CHUNK_LIST] = {
		"PI203", PIMG_ERROR, "chunk list that cannot be decoded",
		"The list ends inside a number. The boundaries are not known; the bytes are "
		"there.",
	},
	[CHECK_EMPTY_CHUNK] = {
		"PI204", PIMG_ERROR, "empty chunk",
		"A pipe has no empty packets and no empty stream runs.",
	},
	[CHECK_PACKET_TOO_LONG] = {
		"PI205", PIMG_ERROR, "packet longer than a page",
		"The kernel splits a write in packet mode into packets of at most a page, so "
		"no packet can be longer. Records of several queues have the same id, "
		"boundaries are lost, or the record is damaged.",
	},
	[CHECK_TOO_MANY_CHUNKS] = {
		"PI206", PIMG_ERROR, "more chunks than the pipe has slots",
		"Each packet, and each stream run between packets, needs at least one slot, "
		"and a pipe has one slot for each page of its capacity. The capacity is "
		"damaged, or records are duplicated.",
	},
	[CHECK_BEYOND_CAPACITY] = {
		"PI207", PIMG_WARNING, "more bytes than the capacity",
		"This is normal only for data that splice(2) moved from a socket, whose "
		"buffers can be longer than a page. criu restore fails for lack of room; "
		"pipeimg restore creates a larger pipe.",
	},
	[CHECK_CAPACITY_DIFFERS] = {
		"PI208", PIMG_ERROR, "records disagree on the capacity",
		"Records of one pipe have different sizes. They belong to two pipes of "
		"different dumps, or one is damaged.",
	},
	[CHECK_CAPACITY_ODD] = {
		"PI209", PIMG_WARNING, "capacity that no pipe has",
		"The kernel's capacities are powers of two, and at least a page. A restored "
		"pipe gets the next larger one.",
	},
	[CHECK_MIXED_LAYOUTS] = {
		"PI210", PIMG_ERROR, "records of one pipe in different layouts",
		"A chunk list and a kind contradict each other, and so do records with and "
		"without a kind for the same pipe. A field is damaged, or images were "
		"combined.",
	},
	[CHECK_DUPLICATE] = {
		"PI211", PIMG_ERROR, "second record for a complete queue",
		"A record that describes a complete queue (with a chunk list, or empty) is "
		"not the only record of its pipe. Images were combined, or an id is damaged. "
		"CRIU restores only the last record.",
	},
	[CHECK_RECORDS_MISSING] = {
		"PI212", PIMG_ERROR, "records of a queue are missing",
		"The first record of the queue says how many records the queue has, and a "
		"different number was found: the file was truncated between records, or "
		"records were removed or added.",
	},
	[CHECK_QUEUES_MISSING] = {
		"PI213", PIMG_ERROR, "queues of the image are missing",
		"The first record of the image says how many queues the image has, and a "
		"different number was found: the file was truncated between records, or "
		"images were combined.",
	},
	[CHECK_TOO_LARGE] = {
		"PI214", PIMG_ERROR, "queue larger than any pipe",
		"The records of one pipe have more than a terabyte in total. The file is "
		"sparse, or was crafted to exhaust its reader.",
	},

	[CHECK_NO_END] = {
		"PI301", PIMG_WARNING, "queue without ends",
		"No file of the dump is an end of this pipe, so CRIU does not create the "
		"pipe, and its content is lost in a restore. The id is damaged, or files.img "
		"belongs to another dump.",
	},
	[CHECK_NO_READ_END] = {
		"PI302", PIMG_WARNING, "pipe with write ends only",
		"CRIU saves content through read ends. The unread data of this pipe is not in "
		"CRIU's own images, and is lost if its reader is gone. Dump the reader too, "
		"use pipeimg-criu-hook, or capture the pipe with pipeimg before the dump.",
	},
	[CHECK_NO_WRITE_END] = {
		"PI303", PIMG_NOTE, "pipe with read ends only",
		"Its writers are outside the dump. CRIU saved every unread byte; after a "
		"restore, the reader gets end-of-file after these bytes, unless the pipe is "
		"passed in with --inherit-fd. It is not known whether the bytes were packets: "
		"see PI316.",
	},
	[CHECK_NO_QUEUE] = {
		"PI304", PIMG_ERROR, "read end without a queue",
		"CRIU writes a record for every pipe whose read end it dumps, even if the "
		"pipe is empty. This record is missing: the unread data is lost.",
	},
	[CHECK_NO_QUEUE_OLD] = {
		"PI305", PIMG_NOTE, "read end without a queue, in an old image",
		"Before January 2013, CRIU wrote no record for an empty pipe.",
	},
	[CHECK_BOUNDARIES_LOST] = {
		"PI306", PIMG_WARNING, "packet boundaries are lost",
		"A write end was in packet mode (O_DIRECT), but the image has one plain "
		"record: the packets were merged when it was written, and a reader will get "
		"them glued together. If their lengths follow a rule, pipeimg upgrade --frame "
		"separates them again.",
	},
	[CHECK_FIFO_PATH] = {
		"PI307", PIMG_WARNING, "FIFO without its path",
		"The record of the file that was opened for the FIFO is missing. CRIU cannot "
		"open the FIFO again, and fails.",
	},
	[CHECK_MISSING_IMAGE] = {
		"PI308", PIMG_WARNING, "missing image",
		"CRIU's restore needs this image, and without it the ends of pipes cannot be "
		"checked. Images that have nothing to do with pipes (pages, mm) are not "
		"looked for.",
	},
	[CHECK_UNFINISHED] = {
		"PI309", PIMG_ERROR, "unfinished dump",
		"There are images of processes or files, but no inventory.img, which CRIU "
		"writes last: the dump failed, or the copy is incomplete. Packets may already "
		"be merged, and CRIU cannot restore the dump.",
	},
	[CHECK_HOOK_FAILED] = {
		"PI310", PIMG_ERROR, "dump that pipeimg-criu-hook rejected",
		"CRIU's images may be complete, but the hook did not save the packets: it "
		"failed, or was killed. With pipeimg's plugin, CRIU does not restore the dump; "
		"without it, packets may be merged. The reason is in pipeimg-hook.log.",
	},
	[CHECK_SAVED_MISSING] = {
		"PI311", PIMG_ERROR, "missing file of pipeimg-criu-hook",
		"The files pipeimg-pipes.img, pipeimg-fifos.img and pipeimg-hook.inventory "
		"belong together, and CRIU 4.1 and later record that pipeimg's plugin took part "
		"in the dump. With the hook, CRIU does not restore the directory; without it, "
		"packets are merged.",
	},
	[CHECK_SAVED_OTHER] = {
		"PI312", PIMG_ERROR, "pipeimg-criu-hook files of another dump",
		"Several dumps were written to one directory, or the directory was combined "
		"from several. With the hook, CRIU does not restore it. If the last dump was "
		"made without the hook, remove the pipeimg-* files.",
	},
	[CHECK_MIXED_ORDER] = {
		"PI313", PIMG_ERROR, "images of two byte orders in one directory",
		"Some images come from a big-endian machine, such as s390x, and some from a "
		"little-endian one, so they do not belong to one dump. CRIU reads only images "
		"in the byte order of its machine. Use the images of one dump.",
	},

	[CHECK_PACKET_FIFO] = {
		"PI314", PIMG_ERROR, "FIFO that CRIU cannot restore",
		"The FIFO was open in packet mode (O_DIRECT), and the dump was made without "
		"pipeimg-criu-hook. CRIU opens a FIFO with the flags that it had, but the "
		"kernel refuses O_DIRECT there (EINVAL), so the restore fails. To repair the "
		"dump, run pipeimg upgrade DIRECTORY --in-place: it removes the flag. CRIU "
		"then restores all bytes, but the FIFO is not in packet mode after that.",
	},
	[CHECK_SHARED_NUMBER] = {
		"PI315", PIMG_ERROR, "two FIFOs with the same inode number",
		"FIFOs on different file systems can have the same inode number, and CRIU "
		"identifies them only by that number. It saved the content of only one of "
		"them, and restores it into one; the unread data of the other is lost, "
		"unless the paths are hard links to one FIFO. Move one of the FIFOs to another "
		"file system, or capture both with pipeimg before the dump.",
	},
	[CHECK_BOUNDARIES_UNKNOWN] = {
		"PI316", PIMG_WARNING, "packet boundaries may be lost",
		"All writers are outside the dump (as with autofs), so it is not known "
		"whether they wrote packets. CRIU saved the unread bytes as one run: if they "
		"were packets, a reader gets them glued together. If their lengths follow a "
		"rule, pipeimg upgrade --frame separates them again. Next time, dump with "
		"pipeimg-criu-hook, or capture the pipe with pipeimg before the dump.",
	},

	[CHECK_STOCK_LOSES] = {
		"PI401", PIMG_WARNING, "stock CRIU would lose data",
		"The queue has several records, of which an unmodified CRIU restores only the "
		"last. Rewrite the directory: pipeimg convert DIRECTORY NEW --layout indexed.",
	},
	[CHECK_STOCK_WOULD_LOSE] = {
		"PI402", PIMG_NOTE, "not for a CRIU directory",
		"Only pipeimg reads the packets layout: in a CRIU directory, only the last "
		"chunk of the queue would be restored. For CRIU, use pipeimg convert --layout "
		"indexed.",
	},
	[CHECK_STOCK_MERGES] = {
		"PI403", PIMG_NOTE, "stock CRIU would merge packets",
		"An unmodified CRIU restores all bytes of this queue, but as a stream. Packet "
		"boundaries are restored by pipeimg restore, and by CRIU if it runs "
		"pipeimg-criu-hook.",
	},
	[CHECK_PIPE_MAX_SIZE] = {
		"PI404", PIMG_WARNING, "capacity above this machine's limit",
		"If this user restores the pipe here, it gets less capacity, or the restore "
		"fails if the content does not fit. Raise fs.pipe-max-size, or restore with "
		"CAP_SYS_RESOURCE.",
	},
	[CHECK_USER_PAGES] = {
		"PI405", PIMG_WARNING, "more pipe memory than this user may have",
		"The pipes together need more pages than fs.pipe-user-pages-soft (or -hard) "
		"allows one user. Raise the limit, or restore with CAP_SYS_RESOURCE.",
	},
	[CHECK_PAGE_SIZE] = {
		"PI406", PIMG_WARNING, "packets longer than this machine's pages",
		"The image comes from a machine with larger pages. Its packets do not fit "
		"into this machine's pipes as packets, so it cannot be restored exactly here.",
	},
	[CHECK_NOT_LOADED] = {
		"PI407", PIMG_WARNING, "queue too large for pipeimg restore",
		"pipeimg restores and shows queues of up to 64 MiB, 64 times what a pipe can "
		"have by default.",
	},
	[CHECK_NEEDS_HOOK] = {
		"PI408", PIMG_NOTE, "restoring needs pipeimg-criu-hook",
		"The dump was made with pipeimg's plugin for CRIU, which saved its queues "
		"exactly. Restore it on a machine that has the plugin; pipeimg criu-hook "
		"--check tests a machine. Without it, CRIU 4.1 and later refuse the restore if a "
		"plugin directory exists; otherwise, and in earlier versions, CRIU merges packets "
		"and leaves packet mode off.",
	},
};
// clang-format on

_Static_assert(sizeof(checks) / sizeof(*checks) == CHECKS, "a row for each check");

const struct pimg_check *check_row(enum check check)
{
	return &checks[check];
}

size_t pimg_check_count(void)
{
	return CHECKS - 1;
}

const struct pimg_check *pimg_check(size_t number)
{
	return number && number < CHECKS ? &checks[number] : NULL;
}

enum check check_by_id(const char *id)
{
	for (size_t i = 1; i < CHECKS; i++) {
		if (!strcmp(checks[i].id, id))
			return (enum check)i;
	}
	return CHECK_NONE;
}

size_t pimg_check_number(const struct pimg_check *check)
{
	return (size_t)(check - checks);
}

const struct pimg_check *pimg_check_by_id(const char *id)
{
	return pimg_check(check_by_id(id));
}

const char *pimg_severity_name(enum pimg_severity severity)
{
	static const char *const names[] = {
		[PIMG_NOTE] = "note",
		[PIMG_WARNING] = "warning",
		[PIMG_ERROR] = "error",
	};

	return NAME_IN(names, severity);
}
