// SPDX-License-Identifier: LGPL-2.1-or-later
#include "io/source/digest.h"

#include <nettle/sha2.h>
#include <nettle/version.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/library.h"

#define NETTLE_FUNCTIONS(FUNCTION)                                                                 \
	FUNCTION(nettle_sha256_digest)                                                             \
	FUNCTION(nettle_sha256_init)                                                               \
	FUNCTION(nettle_sha256_update)                                                             \
	FUNCTION(nettle_sha512_digest)                                                             \
	FUNCTION(nettle_sha512_init)                                                               \
	FUNCTION(nettle_sha512_update)

NETTLE_FUNCTIONS(LIBRARY_STATIC_FUNCTION)
LIBRARY(nettle, NETTLE_FUNCTIONS, LIBNETTLE_SONAME,
	"container images cannot be opened without libnettle", "container-images",
	"Digests of container images (SHA-256, SHA-512)");

struct digest {
	enum digest_algorithm algorithm;
	union {
		struct sha256_ctx sha256;
		struct sha512_ctx sha512;
	};
};

static const struct {
	const char *name;
	size_t hex_digits;
} algorithms[DIGEST_ALGORITHMS] = {
	[DIGEST_SHA256] = {"sha256", 2 * SHA256_DIGEST_SIZE},
	[DIGEST_SHA512] = {"sha512", 2 * SHA512_DIGEST_SIZE},
};

const char *digest_algorithm_name(enum digest_algorithm algorithm)
{
	return algorithms[algorithm].name;
}

const char *digest_hex(const char *text, enum digest_algorithm *algorithm)
{
	for (size_t i = 0; i < DIGEST_ALGORITHMS; i++) {
		size_t length = strlen(algorithms[i].name);
		const char *hex = text + length + 1;

		if (strncmp(text, algorithms[i].name, length) != 0 || text[length] != ':' ||
		    strlen(hex) != algorithms[i].hex_digits ||
		    strspn(hex, "0123456789abcdef") != algorithms[i].hex_digits)
			continue;
		if (algorithm)
			*algorithm = (enum digest_algorithm)i;
		return hex;
	}
	return NULL;
}

struct digest *digest_start(enum digest_algorithm algorithm, struct pimg_error *error)
{
	struct digest *digest;

	if (library_load(&nettle, error) < 0)
		return NULL;
	digest = malloc(sizeof(*digest));
	if (!digest) {
		error_memory(error);
		return NULL;
	}
	digest->algorithm = algorithm;
	if (algorithm == DIGEST_SHA256)
		sym_nettle_sha256_init(&digest->sha256);
	else
		sym_nettle_sha512_init(&digest->sha512);
	return digest;
}

void digest_add(struct digest *digest, const void *data, size_t length)
{
	if (digest->algorithm == DIGEST_SHA256)
		sym_nettle_sha256_update(&digest->sha256, length, data);
	else
		sym_nettle_sha512_update(&digest->sha512, length, data);
}

/* Nettle 4 has no argument for a shorter digest. */
static void take(struct digest *digest, uint8_t *bytes)
{
#if NETTLE_VERSION_MAJOR >= 4
	if (digest->algorithm == DIGEST_SHA256)
		sym_nettle_sha256_digest(&digest->sha256, bytes);
	else
		sym_nettle_sha512_digest(&digest->sha512, bytes);
#else
	if (digest->algorithm == DIGEST_SHA256)
		sym_nettle_sha256_digest(&digest->sha256, SHA256_DIGEST_SIZE, bytes);
	else
		sym_nettle_sha512_digest(&digest->sha512, SHA512_DIGEST_SIZE, bytes);
#endif
}

void digest_end(struct digest *digest, char text[DIGEST_TEXT_MAX])
{
	uint8_t bytes[SHA512_DIGEST_SIZE];
	int at;

	if (digest && text) {
		take(digest, bytes);
		at = snprintf(text, DIGEST_TEXT_MAX, "%s:", algorithms[digest->algorithm].name);
		for (size_t i = 0; i < algorithms[digest->algorithm].hex_digits / 2; i++)
			at += snprintf(text + at, (size_t)(DIGEST_TEXT_MAX - at), "%02x", bytes[i]);
	}
	free(digest);
}

int digest_of_source(struct source *source, enum digest_algorithm algorithm,
		     const struct pimg_progress *progress, char text[DIGEST_TEXT_MAX],
		     uint64_t *length, struct pimg_error *error)
{
	struct digest *digest = digest_start(algorithm, error);
	uint64_t reported = 0;
	const uint8_t *data;
	ssize_t there = -1;

	*length = 0;
	while (digest && (there = source_peek(source, 1, &data, error)) > 0) {
		digest_add(digest, data, (size_t)there);
		*length += (uint64_t)there;
		source_consume(source, (size_t)there);
		if (source_report(source, progress, &reported, error) < 0) {
			there = -1;
			break;
		}
	}
	digest_end(digest, there < 0 ? NULL : text);
	return there < 0 ? -1 : 0;
}
