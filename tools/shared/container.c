// SPDX-License-Identifier: GPL-2.0-or-later
#include "shared/container.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "shared/text.h"

static void print_field(FILE *to, const char *before, const char *text)
{
	if (!text)
		return;
	fputs(before, to);
	print_bytes(to, text, strlen(text), SIZE_MAX, false);
}

/* Omits the fraction of a second: "2026-11-23T06:50:04.431988462Z" is printed as "2026-11-23T06:50:04Z". */
static void print_time_of(FILE *to, const char *before, const char *time)
{
	const char *fraction = time ? strchr(time, '.') : NULL;

	if (!fraction) {
		print_field(to, before, time);
		return;
	}
	fputs(before, to);
	print_bytes(to, time, (size_t)(fraction - time), SIZE_MAX, false);
	do {
		fraction++;
	} while (isdigit((unsigned char)*fraction));
	print_field(to, "", fraction);
}

static void print_name(FILE *to, const struct pimg_container *container)
{
	print_field(to, " ", container->name);
	if (container->name || !container->id)
		return;
	fputc(' ', to);
	print_bytes(to, container->id, strnlen(container->id, CONTAINER_ID_SHOWN), SIZE_MAX, false);
}

/* "container web  Podman, runc  created 2026-11-23T06:50:04Z  checkpointed …  image localhost/web:1" */
void print_container(FILE *to, const struct pimg_container *container)
{
	if (!container)
		return;
	fprintf(to, "%scontainer%s", style(STYLE_HEADING), style(STYLE_PLAIN));
	print_name(to, container);
	print_field(to, "  ", container->engine);
	print_field(to, container->engine ? ", " : "  ", container->runtime);
	print_time_of(to, "  created ", container->created);
	print_time_of(to, "  checkpointed ", container->checkpointed);
	print_field(to, "  pod ", container->pod);
	print_field(to, container->pod ? " in " : "  namespace ", container->pod_namespace);
	print_field(to, "  image ", container->image);
	print_field(to, "  in ", container->reference);
	fputc('\n', to);
}

void json_container(struct json *json, const struct pimg_container *container)
{
	static const struct pimg_container nothing;
	const struct pimg_container *from = container ? container : &nothing;
	const struct {
		const char *key, *value;
	} fields[] = {
		{"name", from->name},	    {"id", from->id},
		{"engine", from->engine},   {"runtime", from->runtime},
		{"created", from->created}, {"checkpointed", from->checkpointed},
		{"pod", from->pod},	    {"namespace", from->pod_namespace},
		{"image", from->image},	    {"reference", from->reference},
	};

	if (!container)
		return;
	json_open_object(json, "container");
	for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++) {
		if (fields[i].value)
			json_string(json, fields[i].key, fields[i].value);
	}
	json_close_object(json);
}
