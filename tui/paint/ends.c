// SPDX-License-Identifier: GPL-2.0-or-later
#include "paint/ends.h"

const char *end_letters(const struct pimg_end *end)
{
	if (pimg_end_reads(end) && pimg_end_writes(end))
		return pimg_end_packet_mode(end) ? "rW" : "rw";
	if (pimg_end_reads(end))
		return "r";
	return pimg_end_packet_mode(end) ? "W" : "w";
}
