// SPDX-License-Identifier: GPL-2.0-or-later
#include "shared/level.h"

#include "shared/text.h"

int take_level(const struct command *command, const char *option, const char *text, int *level)
{
	bool negative = text[0] == '-';
	int lowest, highest;
	uint64_t number;

	pimg_compress_levels(&lowest, &highest);
	if (!parse_number(text + negative, (uint64_t)(negative ? -lowest : highest), &number) ||
	    !number)
		return usage_error(command,
				   "%s takes 1 to %d, or %d to -1 for more speed, not '%s'", option,
				   highest, lowest, text);
	*level = negative ? -(int)number : (int)number;
	return 0;
}
