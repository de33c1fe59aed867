// SPDX-License-Identifier: LGPL-2.1-or-later
/* What a table with one line for each dump shows. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "pipeimg-private.h"

/* "+01:30" or "Z", in seconds. Returns false for anything else. */
static bool parse_zone(const char *text, long *seconds)
{
	unsigned hours, minutes;
	char sign;

	*seconds = 0;
	if (!strcmp(text, "Z"))
		return true;
	if (strlen(text) != 6 || sscanf(text, "%c%2u:%2u", &sign, &hours, &minutes) != 3 ||
	    (sign != '+' && sign != '-'))
		return false;
	*seconds = (long)(hours * 3600 + minutes * 60) * (sign == '-' ? -1 : 1);
	return true;
}

/* Returns false if time is not as in RFC 3339. */
static bool format_utc(const char *time, char *text, size_t size)
{
	struct tm parts = {0};
	const char *zone = strptime(time, "%Y-%m-%dT%H:%M:%S", &parts);
	long seconds;
	time_t moment;

	if (zone && *zone == '.')
		zone += 1 + strspn(zone + 1, "0123456789");
	if (!zone || !parse_zone(zone, &seconds))
		return false;
	moment = timegm(&parts) - seconds;
	return gmtime_r(&moment, &parts) && strftime(text, size, "%Y-%m-%d %H:%M", &parts);
}

/* "2026-11-23 06:50" in UTC, so that times of different machines can be compared. */
static void put_time(char *text, size_t size, const char *time)
{
	if (!time || !format_utc(time, text, size))
		snprintf(text, size, "%s", time ? time : "-");
}

static const char *hook_word(enum pimg_hook hook)
{
	switch (hook) {
	case PIMG_HOOK_NONE:
		return "no";
	case PIMG_HOOK_UNUSABLE:
		return "bad";
	default:
		return "yes";
	}
}

void pimg_image_line(const struct pimg_image *image, struct pimg_image_line *line)
{
	const struct pimg_container *container = pimg_image_container(image);

	memset(line, 0, sizeof(*line));
	line->queues = pimg_image_queue_count(image);
	for (size_t i = 0; i < line->queues; i++) {
		const struct pimg_queue_info *info = pimg_image_queue(image, i);

		line->packets += info->packets;
		line->bytes += info->bytes;
		line->boundaries_lost += info->boundaries_lost;
	}
	line->hook = hook_word(pimg_image_hook(image));
	put_time(line->checkpointed, sizeof(line->checkpointed),
		 container ? container->checkpointed : NULL);
}
