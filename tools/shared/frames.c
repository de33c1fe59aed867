// SPDX-License-Identifier: GPL-2.0-or-later
#include "shared/frames.h"

#include <stdlib.h>
#include <string.h>

#include "shared/message.h"
#include "shared/text.h"

void frames_print_rules(void)
{
	printf("A rule finds the boundaries of packets that were merged into one run of bytes:\n");
	for (size_t i = 0; i < pimg_frame_rule_count(); i++) {
		const struct pimg_frame_rule *rule = pimg_frame_rule(i);
		char form[32];

		snprintf(form, sizeof(form), "%s%s", rule->name, rule->arguments);
		printf("  %-15s %s\n", form, rule->summary);
	}
	printf("--frame RULE applies to all pipes with unknown boundaries, --frame ID=RULE to "
	       "one;\n"
	       "--frame auto tries all rules and lists those that fit.\n"
	       "A rule must account for every byte. Lengths exclude the length field;\n"
	       "+N adds N to the length, -N subtracts N.\n");
}

/* "4711=u32le" */
static bool split_id(const char *text, struct pimg_frame_choice *choice, const char **rule)
{
	const char *equals = strchr(text, '=');
	char id[32];
	uint64_t number;

	if (!equals || (size_t)(equals - text) >= sizeof(id))
		return false;
	memcpy(id, text, (size_t)(equals - text));
	id[equals - text] = '\0';
	if (!parse_queue_id(id, &number))
		return false;
	choice->id = (uint32_t)number;
	*rule = equals + 1;
	return true;
}

static bool is_repeated(const struct frames *frames, const struct pimg_frame_choice *choice)
{
	for (size_t i = 0; i < frames->count; i++) {
		if (frames->choices[i].for_all == choice->for_all &&
		    frames->choices[i].id == choice->id)
			return true;
	}
	return false;
}

int frames_take(struct frames *frames, const struct command *command, const char *text)
{
	struct pimg_frame_choice choice = {0}, *grown;
	const char *rule = text;
	struct pimg_error error;

	if (!strcmp(text, "help")) {
		frames_print_rules();
		exit(finish_output(PIMG_OK));
	}
	if (!strcmp(text, "auto")) {
		frames->automatic = true;
		return 0;
	}
	choice.for_all = !split_id(text, &choice, &rule);
	choice.rule = rule;
	if (pimg_frame_parse(rule, &error) < 0)
		return usage_error(command, "--frame: %s; --frame help lists the rules",
				   error.sentence);
	if (is_repeated(frames, &choice))
		return usage_error(command, "more than one rule for %s",
				   choice.for_all ? "all pipes" : "the same pipe");
	grown = reallocarray(frames->choices, frames->count + 1, sizeof(*grown));
	if (!grown)
		return refuse(PIMG_SYSTEM, "out of memory");
	frames->choices = grown;
	frames->choices[frames->count++] = choice;
	return 0;
}

void frames_release(struct frames *frames)
{
	free(frames->choices);
}
