// SPDX-License-Identifier: LGPL-2.1-or-later
#include "format/foreign.h"

#include <ctype.h>
#include <string.h>

/* The most that any row of the table needs. */
#define HEAD_BYTES 512

struct head {
	const uint8_t *data;
	size_t length;
};

static bool begins(const struct head *head, const char *bytes, size_t length)
{
	return head->length >= length && !memcmp(head->data, bytes, length);
}

/* ---- files without a fixed prefix ---- */

/* ELF, section "ELF header": e_type is 4 for a core file, in the byte order that EI_DATA gives. */
static bool is_core(const struct head *head)
{
	enum { DATA_AT = 5, TYPE_AT = 16, BIG_ENDIAN_DATA = 2, CORE = 4 };

	return begins(head, "\177ELF", 4) && head->length >= TYPE_AT + 2 &&
	       head->data[head->data[DATA_AT] == BIG_ENDIAN_DATA ? TYPE_AT + 1 : TYPE_AT] == CORE;
}

/*
 * RFC 9580, 4.2: a message begins with a packet that has an encrypted session key: of a public key (tag 1,
 * version 3 or 6) or of a passphrase (tag 3, version 4, 5 or 6). The length before the version has one to five
 * bytes.
 */
static bool is_openpgp(const struct head *head)
{
	enum { ANY = 0x80, NEW = 0x40 };
	unsigned first = head->length > 6 ? head->data[0] : 0, tag, version;
	size_t length;

	if (!(first & ANY))
		return false;
	if (first & NEW) {
		tag = first & 0x3f;
		length = head->data[1] < 192 ? 1 : head->data[1] < 224 ? 2 : 5;
	} else {
		tag = first >> 2 & 0xf;
		length = (size_t)1 << (first & 3);
	}
	if (length > 5)
		return false;
	version = head->data[1 + length];
	return tag == 1 ? version == 3 || version == 6 : tag == 3 && version >= 4 && version <= 6;
}

static size_t varint_end(const uint8_t *data, size_t at, size_t end)
{
	while (at < end && data[at] & 0x80)
		at++;
	return at < end ? at + 1 : SIZE_MAX;
}

/*
 * criu-image-streamer writes messages, each after its length in four bytes: a sequence number (field 1,
 * which is omitted if it is 0), and in the first message of each file its name (field 2).
 */
static bool is_stream(const struct head *head)
{
	enum { SEQUENCE = 1 << 3, FILENAME = 2 << 3 | 2, NAME_MAX_BYTES = 127 };
	static const char ending[] = ".img";
	const uint8_t *data = head->data;
	size_t at = 4, end, name;

	if (head->length < 12 || data[1] || data[2] || data[3])
		return false;
	end = at + data[0];
	if (end > head->length)
		return false;
	if (data[at] == SEQUENCE)
		at = varint_end(data, at + 1, end);
	if (at >= end || data[at] != FILENAME || at + 1 >= end || data[at + 1] > NAME_MAX_BYTES)
		return false;
	name = at + 2;
	return name + data[at + 1] == end && data[at + 1] > strlen(ending) &&
	       !memcmp(data + end - strlen(ending), ending, strlen(ending));
}

/* "(00.000123) " */
static bool is_criu_log(const struct head *head)
{
	static const char form[] = "(00.000000) ";

	if (head->length < strlen(form))
		return false;
	for (size_t i = 0; form[i]; i++) {
		if (form[i] == '0' ? !isdigit(head->data[i]) : head->data[i] != (uint8_t)form[i])
			return false;
	}
	return true;
}

static bool is_zeros(const struct head *head)
{
	size_t i = 0;

	while (i < head->length && !head->data[i])
		i++;
	return head->length >= 8 && i == head->length;
}

static bool is_text(const struct head *head)
{
	for (size_t i = 0; i < head->length; i++) {
		if (!isprint(head->data[i]) && !isspace(head->data[i]) && head->data[i] < 0x80)
			return false;
	}
	return head->length;
}

/* ---- the table ---- */

#define GIVE_IMAGE "use an image, a CRIU directory, or an archive of one"
#define UNPACK	   "unpack it, and use the directory"
#define MOUNT	   "mount it, and use the dump in it"

/* A row has the first bytes, or a function; the first matching row is used. */
static const struct row {
	const char *bytes;
	size_t length;
	bool (*is)(const struct head *head);
	struct foreign foreign;
} rows[] = {
#define BYTES(text) .bytes = (text), .length = sizeof(text) - 1
	{BYTES("age-encryption.org/"),
	 .foreign = {"encrypted by age", "decrypt it first: age -d -i KEY FILE | pipeimg show -"}},
	{BYTES("-----BEGIN AGE ENCRYPTED"),
	 .foreign = {"encrypted by age", "decrypt it first: age -d -i KEY FILE | pipeimg show -"}},
	{BYTES("-----BEGIN PGP MESSAGE"),
	 .foreign = {"encrypted by OpenPGP", "decrypt it first: gpg -d FILE | pipeimg show -"}},
	{BYTES("-----BEGIN CMS"),
	 .foreign = {"encrypted by S/MIME", "decrypt it first, with openssl cms -decrypt"}},
	{BYTES("-----BEGIN PKCS7"),
	 .foreign = {"encrypted by S/MIME", "decrypt it first, with openssl smime -decrypt"}},
	{BYTES("Salted__"),
	 .foreign = {"encrypted by openssl",
		     "decrypt it first: openssl enc -d -CIPHER -in FILE | pipeimg show -"}},
	{BYTES("LUKS\xba\xbe"),
	 .foreign = {"an encrypted LUKS volume",
		     "open it with cryptsetup, mount it, and use the dump in it"}},
	{BYTES("$ANSIBLE_VAULT;"),
	 .foreign = {"encrypted by ansible-vault", "decrypt it first, with ansible-vault decrypt"}},
	{.is = is_openpgp,
	 .foreign = {"encrypted by OpenPGP", "decrypt it first: gpg -d FILE | pipeimg show -"}},
	{.is = is_stream,
	 .foreign = {"a criu-image-streamer stream",
		     "extract it, and use the directory: criu-image-streamer --images-dir "
		     "DIRECTORY extract <FILE"}},
	{BYTES("\x0a\x0d\x0d\x0a"), .foreign = {"a pcapng capture, which Wireshark reads",
						"use the image that it was exported from"}},
	{BYTES("\xd4\xc3\xb2\xa1"), .foreign = {"a network capture (pcap)", GIVE_IMAGE}},
	{BYTES("\xa1\xb2\xc3\xd4"), .foreign = {"a network capture (pcap)", GIVE_IMAGE}},
	{BYTES("\x40\x59\x10\x55"), .foreign = {"CRIU statistics, or a similar file of CRIU",
						"use the directory that contains it"}},
	{.is = is_criu_log, .foreign = {"a CRIU log", "use the directory with the images"}},
	{.is = is_core,
	 .foreign = {"a core dump, which contains a process's memory, but no queues",
		     "capture a running process: pipeimg capture --pid PID -o IMAGE"}},
	{BYTES("\177ELF"), .foreign = {"a program or library (ELF)", GIVE_IMAGE}},
	{BYTES("#!"), .foreign = {"a script", GIVE_IMAGE}},
	{BYTES("7z\xbc\xaf\x27\x1c"), .foreign = {"a 7z archive, which is not supported", UNPACK}},
	{BYTES("Rar!\x1a\x07"), .foreign = {"a RAR archive, which is not supported", UNPACK}},
	{BYTES("070701"), .foreign = {"a cpio archive, which is not supported", UNPACK}},
	{BYTES("070707"), .foreign = {"a cpio archive, which is not supported", UNPACK}},
	{BYTES("!<arch>\n"), .foreign = {"an ar archive or a Debian package", UNPACK}},
	{BYTES("LZIP"), .foreign = {"compressed by lzip, which is not supported",
				    "decompress it first: lzip -dc FILE | pipeimg show -"}},
	{BYTES("\x89LZO"), .foreign = {"compressed by lzop, which is not supported",
				       "decompress it first: lzop -dc FILE | pipeimg show -"}},
	{BYTES("\x1f\x9d"), .foreign = {"compressed by compress(1), which is not supported",
					"decompress it first: zcat FILE | pipeimg show -"}},
	{BYTES("hsqs"), .foreign = {"a squashfs file system", MOUNT}},
	{BYTES("QFI\xfb"), .foreign = {"a virtual machine disk (qcow2)", MOUNT}},
	{BYTES("SQLite format 3"), .foreign = {"an SQLite database", GIVE_IMAGE}},
	{BYTES("<!DOCTYPE"),
	 .foreign = {"a web page or XML, perhaps from a failed download", GIVE_IMAGE}},
	{BYTES("<html"), .foreign = {"a web page, perhaps from a failed download", GIVE_IMAGE}},
	{BYTES("<?xml"), .foreign = {"XML, perhaps from a failed download", GIVE_IMAGE}},
	{.is = is_zeros,
	 .foreign = {"zero bytes, perhaps left by a crash or a full disk",
		     "copy it from its source again"}},
	{.is = is_text, .foreign = {"text", GIVE_IMAGE}},
#undef BYTES
};

static struct head head_of(struct source *source)
{
	struct head head = {0};
	ssize_t there = source_peek(source, HEAD_BYTES, &head.data, NULL);

	head.length = there < 0 ? 0 : there > HEAD_BYTES ? HEAD_BYTES : (size_t)there;
	return head;
}

const struct foreign *foreign_find(struct source *source)
{
	struct head head = head_of(source);

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const struct row *row = &rows[i];

		if (row->is ? row->is(&head) : begins(&head, row->bytes, row->length))
			return &row->foreign;
	}
	return NULL;
}

bool foreign_is_stream(struct source *source)
{
	struct head head = head_of(source);

	return is_stream(&head);
}

static size_t pass_spaces(const struct head *head, size_t at)
{
	while (at < head->length && isspace(head->data[at]))
		at++;
	return at;
}

bool foreign_json_key(struct source *source, char *key, size_t size)
{
	struct head head = head_of(source);
	size_t at = pass_spaces(&head, 0), length = 0;

	if (at >= head.length || head.data[at] != '{')
		return false;
	at = pass_spaces(&head, at + 1);
	if (at >= head.length || head.data[at] != '"')
		return false;
	for (at++; at < head.length && head.data[at] != '"' && length + 1 < size; at++)
		key[length++] = (char)head.data[at];
	key[length] = '\0';
	return strcmp(key, "magic") != 0 && strcmp(key, "byte_order") != 0 &&
	       strcmp(key, "entries") != 0;
}
