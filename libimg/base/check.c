// SPDX-License-Identifier: LGPL-2.1-or-later
#include "base/check.h"

#include <string.h>

#include "base/names.h"

/*
 * The table of checks. Ids are for ever: scripts and people remember them. A new check takes the next
 * number of its group (PI0xx container, PI1xx messages, PI2xx queues, PI3xx directory, PI4xx what
 * would happen to a restore); one that is gone leaves a gap.
 *
 * Errors are damage: data is lost, or cannot be believed. Warnings are things that are right in the
 * format, but cost somebody data or a failure later. Notes are worth knowing.
 */
// clang-format off
static const struct pimg_check checks[CHECKS] = {
	[CHECK_MAGIC] = {
		"PI001", PIMG_ERROR, "not an image of a known type",
		"The file begins with no magic number of a CRIU image that is known here. It is "
		"another file, or its first bytes are damaged.",
	},
	[CHECK_MAGIC_CUT] = {
		"PI002", PIMG_ERROR, "cut within its magic numbers",
		"The file is empty, or ends before its type is told. Nothing of it can be "
		"recovered: take it from its source again.",
	},
	[CHECK_LENGTH_CUT] = {
		"PI003", PIMG_ERROR, "cut within a record's length",
		"Between one and three bytes follow the last record: the file was cut, or "
		"something was appended. The records before are whole.",
	},
	[CHECK_LENGTH_ABSURD] = {
		"PI004", PIMG_ERROR, "absurd length of a message",
		"A record claims a message longer than any queue needs. Records follow each "
		"other without marks, so nothing after this one can be found: here, or in the "
		"lengths of the record before, bytes changed.",
	},
	[CHECK_MESSAGE_CUT] = {
		"PI005", PIMG_ERROR, "cut within a message",
		"The file ends before a record's message does. The records before are whole.",
	},
	[CHECK_PAYLOAD_CUT] = {
		"PI006", PIMG_ERROR, "cut within a payload",
		"The file ends before a record's payload does: the copy is not whole, or the "
		"disk was full when it was written.",
	},
	[CHECK_ZEROS_AT_END] = {
		"PI007", PIMG_ERROR, "zero bytes after the last record",
		"From here to its end the file is zeros, which are no records. File systems "
		"leave this after a crash, in place of what was last written. The records "
		"before are whole; later ones are lost.",
	},
	[CHECK_WRONG_TYPE] = {
		"PI008", PIMG_ERROR, "another type of image than expected",
		"The image's magic number is that of another type than its name in the "
		"directory says, or of a type that holds no queues.",
	},
	[CHECK_TOO_MANY] = {
		"PI009", PIMG_ERROR, "more than any machine has",
		"The image names more queues, ends or descriptors than a kernel can hold. It is "
		"damaged, or made to exhaust who reads it.",
	},
	[CHECK_OLD_VERSION] = {
		"PI010", PIMG_NOTE, "CRIU's image format v1.0",
		"One magic number instead of two: the image was written by a CRIU before 1.6 "
		"(2015). All of it can be read.",
	},
	[CHECK_NOT_A_FILE] = {
		"PI011", PIMG_ERROR, "not a regular file",
		"Where the directory should have an image there is a directory, a FIFO, a "
		"device, or a symbolic link to a file that does not exist. It was not read.",
	},
	[CHECK_NO_RECORDS] = {
		"PI012", PIMG_WARNING, "an image without records",
		"After its magic number the file ends. Either there was no queue at all, or it "
		"was cut right there: nothing in it can tell.",
	},
	[CHECK_JSON] = {
		"PI013", PIMG_ERROR, "JSON that is not an image",
		"The text is not JSON, or not what crit decode prints of an image of queues, or it was "
		"edited into something that no image can hold.",
	},
	[CHECK_CHANGED] = {
		"PI014", PIMG_ERROR, "a file that changed while it was read",
		"Somebody writes to the image. Try again when that is done.",
	},
	[CHECK_COMPRESSION] = {
		"PI015", PIMG_ERROR, "compressed data that is damaged",
		"The data cannot be decompressed, or comes out other than its checksum says. What "
		"comes before can be read.",
	},
	[CHECK_COMPRESSION_CUT] = {
		"PI016", PIMG_ERROR, "compressed data that is cut",
		"The file ends before the compressed data does: the copy is not whole, or the "
		"disk was full when it was written. What comes before can be read.",
	},
	[CHECK_SEEK_TABLE] = {
		"PI017", PIMG_ERROR, "an index of a compressed file that is wrong",
		"The table at the end of the file, by which single packets are found, does not "
		"fit what is compressed: something was appended, cut or changed. All can be "
		"read by zstd -dc; convert or compress writes a right one.",
	},
	[CHECK_BOMB] = {
		"PI018", PIMG_ERROR, "compressed beyond all measure",
		"A few bytes decompress to very many. Images of queues do not, but who made this "
		"may want to fill a disk.",
	},
	[CHECK_ARCHIVE] = {
		"PI019", PIMG_ERROR, "an archive that is damaged or cut",
		"The headers of the archive's members cannot be read on from here. What comes "
		"before can be read.",
	},
	[CHECK_ARCHIVE_EMPTY] = {
		"PI020", PIMG_ERROR, "an archive without images",
		"No directory in the archive has images of CRIU or of queues.",
	},
	[CHECK_ARCHIVE_MANY] = {
		"PI021", PIMG_ERROR, "an archive of several directories",
		"More than one directory in the archive has images of queues, and which is meant "
		"cannot be known. Unpack it, and give one of them.",
	},
	[CHECK_WINDOW] = {
		"PI022", PIMG_ERROR, "compressed with too large a window",
		"It takes more memory to decompress than is given to a file that is not trusted. "
		"If it is yours, decompress it into a pipe: zstd -dc --long=31 FILE | pipeimg show -",
	},
	[CHECK_QUEUE_INDEX] = {
		"PI023", PIMG_ERROR, "an index of queues that is wrong",
		"The index by which one queue of a compressed image is read without the others is "
		"damaged, or was made of another image. What is read from the start is right: "
		"compress the image again.",
	},

	[CHECK_PRE_DUMP] = {
		"PI024", PIMG_WARNING, "a pre-dump of CRIU",
		"criu pre-dump copies memory while processes go on, and saves neither pipes nor "
		"anything else. What is in pipes is in the dump that follows; keep both.",
	},

	[CHECK_UNDECODABLE] = {
		"PI101", PIMG_ERROR, "a message that cannot be decoded",
		"The bytes of the message are not protobuf: they changed, or the length of this "
		"record or the one before did.",
	},
	[CHECK_REQUIRED_FIELD] = {
		"PI102", PIMG_ERROR, "a required field is missing",
		"Every record names its pipe and the length of its payload. Without the length, "
		"nothing after this record can be found.",
	},
	[CHECK_WIRE_TYPE] = {
		"PI103", PIMG_ERROR, "a field of the wrong wire type",
		"A known field is encoded as another type than its own. CRIU refuses the whole "
		"image.",
	},
	[CHECK_UNKNOWN_KIND] = {
		"PI104", PIMG_ERROR, "an unknown kind of chunk",
		"Chunks are stream runs (0) or packets (1). The value is damaged, or was "
		"written by a later pipeimg: use that.",
	},
	[CHECK_ORIGIN] = {
		"PI105", PIMG_ERROR, "an origin that cannot be decoded",
		"Who had the pipe open, its owner and mode are lost; its content is not. CRIU "
		"does not read this field.",
	},
	[CHECK_VALUE_TOO_LARGE] = {
		"PI106", PIMG_WARNING, "a value that its field cannot hold",
		"The number has more than 32 bits. Readers take the lower ones, which was "
		"hardly meant.",
	},
	[CHECK_REPEATED_FIELD] = {
		"PI107", PIMG_WARNING, "a field that stands twice in a message",
		"The last one counts, in CRIU too. No program is known that writes this.",
	},
	[CHECK_UNKNOWN_FIELD] = {
		"PI108", PIMG_NOTE, "an unknown field",
		"Written by a later CRIU or pipeimg, or by somebody else. It is passed over.",
	},
	[CHECK_MESSAGE_CHECKSUM] = {
		"PI109", PIMG_ERROR, "a message differs from its checksum",
		"Bytes of the message (pipe, capacity, chunks, kind, origin) changed since the "
		"image was written, or were edited by something that does not know field 1100. "
		"The payload may still be right: it has a checksum of its own.",
	},
	[CHECK_NO_CHECKSUM] = {
		"PI110", PIMG_ERROR, "a record of pipeimg without checksums",
		"Fields of pipeimg come with checksums of the message (1100) and the payload "
		"(1002), and one is missing: a field is damaged, or the image was edited. "
		"Changes in it cannot be noticed. Told once a file; more records may be so.",
	},

	[CHECK_PAYLOAD_CHECKSUM] = {
		"PI201", PIMG_ERROR, "a payload differs from its checksum",
		"Bytes that a reader would get changed since the image was written. restore "
		"refuses the queue; show --raw gives the bytes as they are.",
	},
	[CHECK_CHUNK_SUM] = {
		"PI202", PIMG_ERROR, "chunks that are not the payload",
		"The lengths in the list of chunks are not together the length of the payload, "
		"so the boundaries are not known. The bytes are there.",
	},
	[CHECK_CHUNK_LIST] = {
		"PI203", PIMG_ERROR, "a list of chunks that cannot be decoded",
		"The list ends within a number. The boundaries are not known; the bytes are "
		"there.",
	},
	[CHECK_EMPTY_CHUNK] = {
		"PI204", PIMG_ERROR, "a chunk of no bytes",
		"Pipes have no empty packets, and an empty stream run is nothing.",
	},
	[CHECK_PACKET_TOO_LONG] = {
		"PI205", PIMG_ERROR, "a packet longer than a page",
		"The kernel cuts what is written in packet mode into packets of at most a page, "
		"so none can be longer. Records of several queues have one id, boundaries are "
		"lost, or the record is damaged.",
	},
	[CHECK_TOO_MANY_CHUNKS] = {
		"PI206", PIMG_ERROR, "more chunks than the pipe has slots",
		"Each packet, and each stream run between packets, takes at least one slot of a "
		"pipe, which has one for each page of capacity. The capacity is damaged, or "
		"records are doubled.",
	},
	[CHECK_BEYOND_CAPACITY] = {
		"PI207", PIMG_WARNING, "more bytes than the capacity",
		"Usual only where data came by splice(2) from sockets, whose buffers can be "
		"longer than a page. CRIU's restore fails for lack of room; pipeimg restore "
		"makes a pipe with more capacity.",
	},
	[CHECK_CAPACITY_DIFFERS] = {
		"PI208", PIMG_ERROR, "records that disagree on the capacity",
		"Records of one pipe have different sizes. They belong to two pipes of "
		"different dumps, or one is damaged.",
	},
	[CHECK_CAPACITY_ODD] = {
		"PI209", PIMG_WARNING, "a capacity that no pipe has",
		"The kernel's capacities are powers of two, of a page or more. A restored pipe "
		"gets the next larger one.",
	},
	[CHECK_MIXED_LAYOUTS] = {
		"PI210", PIMG_ERROR, "records of one pipe in different layouts",
		"A list of chunks and a kind contradict each other, as do records with and "
		"without a kind for one pipe. A field is damaged, or images were put together.",
	},
	[CHECK_DUPLICATE] = {
		"PI211", PIMG_ERROR, "a second record for a whole queue",
		"A record that tells all of its queue (a list of chunks, or an empty queue) is "
		"not the only one of its pipe. Images were put together, or an id is damaged. "
		"CRIU restores only the last.",
	},
	[CHECK_RECORDS_MISSING] = {
		"PI212", PIMG_ERROR, "records of a queue are missing",
		"The first record of the queue tells how many it has, and there is another "
		"number: the file was cut between records, or records were taken out or added.",
	},
	[CHECK_QUEUES_MISSING] = {
		"PI213", PIMG_ERROR, "queues of the image are missing",
		"The first record of the image tells how many queues it holds, and there is "
		"another number: the file was cut between records, or images were put together.",
	},
	[CHECK_TOO_LARGE] = {
		"PI214", PIMG_ERROR, "a queue larger than any pipe",
		"The records of one pipe have more than a terabyte. The file is sparse, or made "
		"to exhaust who reads it.",
	},

	[CHECK_NO_END] = {
		"PI301", PIMG_WARNING, "a queue without ends",
		"No file of the dump is an end of this pipe, so CRIU will not make it, and its "
		"content is lost in a restore. The id is damaged, or files.img is of another "
		"dump.",
	},
	[CHECK_NO_READ_END] = {
		"PI302", PIMG_WARNING, "a pipe with write ends alone",
		"CRIU saves content through read ends. What was unread in this pipe is not in "
		"CRIU's own images, and is lost if its reader is gone. Dump the reader too, or with "
		"pipeimg-criu-hook, or capture the pipe with pipeimg before the dump.",
	},
	[CHECK_NO_WRITE_END] = {
		"PI303", PIMG_NOTE, "a pipe with read ends alone",
		"Its writers are outside the dump. CRIU saved every unread byte; restored, its "
		"reader sees the end after them, unless the pipe is passed in by --inherit-fd. "
		"Whether the bytes were packets is not known: see PI316.",
	},
	[CHECK_NO_QUEUE] = {
		"PI304", PIMG_ERROR, "a read end without a queue",
		"CRIU writes a record for every pipe that it has a read end of, an empty one "
		"too. This one is missing: what was unread is lost.",
	},
	[CHECK_NO_QUEUE_OLD] = {
		"PI305", PIMG_NOTE, "a read end without a queue, in an old image",
		"Before January 2013 CRIU wrote no record for an empty pipe.",
	},
	[CHECK_BOUNDARIES_LOST] = {
		"PI306", PIMG_WARNING, "boundaries of packets are lost",
		"A write end was in packet mode (O_DIRECT), but the image has one plain record: "
		"the packets were merged when it was written, and a reader will get them glued "
		"together. If their lengths follow a rule, pipeimg upgrade --frame tells them "
		"apart again.",
	},
	[CHECK_FIFO_PATH] = {
		"PI307", PIMG_WARNING, "a FIFO without its path",
		"The record of the file that a FIFO was opened by is missing. CRIU cannot open "
		"it again, and fails.",
	},
	[CHECK_MISSING_IMAGE] = {
		"PI308", PIMG_WARNING, "an image of the directory is missing",
		"CRIU's restore needs it, and without it the ends of pipes cannot be checked. "
		"Images that have nothing to do with pipes (pages, mm) are not looked for.",
	},
	[CHECK_UNFINISHED] = {
		"PI309", PIMG_ERROR, "a dump that was not finished",
		"There are images of processes or files, but no inventory.img, which CRIU "
		"writes last: the dump failed, or the copy is not whole. Packets may be merged "
		"already, and CRIU cannot restore it.",
	},
	[CHECK_HOOK_FAILED] = {
		"PI310", PIMG_ERROR, "a dump that pipeimg-criu-hook made fail",
		"CRIU's images are complete, but the hook could not keep the packets exactly. "
		"With the hook CRIU does not restore it; without, packets may be merged. "
		"pipeimg-hook.log says why.",
	},
	[CHECK_SAVED_MISSING] = {
		"PI311", PIMG_ERROR, "something that pipeimg-criu-hook kept is missing",
		"The files pipeimg-pipes.img, pipeimg-fifos.img and pipeimg-hook.inventory belong "
		"together. With the hook CRIU does not restore the directory; without, packets "
		"are merged.",
	},
	[CHECK_SAVED_OTHER] = {
		"PI312", PIMG_ERROR, "what pipeimg-criu-hook kept is of another dump",
		"Several dumps were made into one directory, or it was put together from "
		"several. With the hook CRIU does not restore it. If the last dump was made "
		"without the hook, remove the pipeimg-* files.",
	},
	[CHECK_MIXED_ORDER] = {
		"PI313", PIMG_ERROR, "images of two byte orders in one directory",
		"Some images are of a big-endian machine, such as s390x, and some of a "
		"little-endian one, so they are not of one dump. CRIU reads only those of its own "
		"machine. Take the images from one dump.",
	},

	[CHECK_PACKET_FIFO] = {
		"PI314", PIMG_ERROR, "a FIFO that CRIU cannot restore",
		"The FIFO was open in packet mode (O_DIRECT), and the dump was made without "
		"pipeimg-criu-hook. CRIU opens a FIFO with the flags that it had, but the kernel "
		"refuses O_DIRECT there (EINVAL), so the restore fails. To repair the dump, run "
		"pipeimg upgrade DIRECTORY --in-place: it removes the flag. CRIU then restores all "
		"bytes, and the FIFO is no longer in packet mode.",
	},
	[CHECK_SHARED_NUMBER] = {
		"PI315", PIMG_ERROR, "two FIFOs with the same number",
		"FIFOs on different file systems can have the same inode number, by which CRIU "
		"knows them. It saved the content of only one of them, and restores it into one; "
		"what was unread in the other is lost. There is no loss if the paths are hard links "
		"to one FIFO. Move one of the FIFOs to another file system, or capture both with "
		"pipeimg before the dump.",
	},
	[CHECK_BOUNDARIES_UNKNOWN] = {
		"PI316", PIMG_WARNING, "boundaries of packets may be lost",
		"All writers are outside the dump (autofs is such a case), so it is not known "
		"whether they wrote packets. CRIU saved the unread bytes as one run: if they were "
		"packets, a reader gets them glued together. If their lengths follow a rule, "
		"pipeimg upgrade --frame tells them apart again. Next time, dump with "
		"pipeimg-criu-hook, or capture the pipe with pipeimg before the dump.",
	},

	[CHECK_STOCK_LOSES] = {
		"PI401", PIMG_WARNING, "stock CRIU would lose data",
		"The queue has several records, of which an unchanged CRIU restores only the "
		"last. Rewrite the directory: pipeimg convert DIRECTORY NEW --layout indexed.",
	},
	[CHECK_STOCK_WOULD_LOSE] = {
		"PI402", PIMG_NOTE, "not for a CRIU directory",
		"The packets layout is for pipeimg alone: put into a CRIU directory as it is, "
		"only the last chunk would be restored. For there, use pipeimg convert --layout "
		"indexed.",
	},
	[CHECK_STOCK_MERGES] = {
		"PI403", PIMG_NOTE, "stock CRIU would merge packets",
		"An unchanged CRIU restores all bytes of this queue, but as a stream: "
		"boundaries of packets are kept by pipeimg restore, and by CRIU with "
		"pipeimg-criu-hook where that was used for the dump.",
	},
	[CHECK_PIPE_MAX_SIZE] = {
		"PI404", PIMG_WARNING, "capacity is above this machine's limit",
		"Restored here by this user, the pipe gets less capacity, or the restore fails "
		"where the content needs it. Raise fs.pipe-max-size, or restore with "
		"CAP_SYS_RESOURCE.",
	},
	[CHECK_USER_PAGES] = {
		"PI405", PIMG_WARNING, "more pipe memory than this user may have",
		"The pipes together need more pages than fs.pipe-user-pages-soft (or -hard) "
		"allows one user. Raise it, or restore with CAP_SYS_RESOURCE.",
	},
	[CHECK_PAGE_SIZE] = {
		"PI406", PIMG_WARNING, "packets longer than this machine's pages",
		"The image is from a machine with larger pages. Its packets do not fit into "
		"this machine's pipes as packets, so it cannot be restored exactly here.",
	},
	[CHECK_NOT_LOADED] = {
		"PI407", PIMG_WARNING, "a queue too large for pipeimg restore",
		"Queues are restored and shown as wholes up to 64 MiB, 64 times what a pipe can "
		"hold by default.",
	},
	[CHECK_NEEDS_HOOK] = {
		"PI408", PIMG_NOTE, "restoring needs pipeimg-criu-hook",
		"The dump was made with the hook, which kept its queues exactly. Restore it with "
		"criu restore --action-script pipeimg-criu-hook. Without the hook CRIU merges "
		"packets, leaves packet mode off, and loses what only write ends hold.",
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
