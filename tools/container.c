// SPDX-License-Identifier: GPL-2.0-or-later
#include "container.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "text.h"

/* As much of an id as engines print. */
#define ID_SHOWN 12

static void print_field(const char *before, const char *text)
{
	if (!text)
		return;
	fputs(before, stdout);
	print_bytes(stdout, text, strlen(text), SIZE_MAX, false);
}

/* Whole seconds are enough: "2026-11-23T06:50:04.431988462Z" ends at the point, and with the zone. */
static void print_created(const char *created)
{
	const char *fraction = created ? strchr(created, '.') : NULL;

	if (!fraction) {
		print_field("  created ", created);
		return;
	}
	fputs("  created ", stdout);
	print_bytes(stdout, created, (size_t)(fraction - created), SIZE_MAX, false);
	do {
		fraction++;
	} while (isdigit((unsigned char)*fraction));
	print_field("", fraction);
}

static void print_name(const struct pimg_container *container)
{
	print_field(" ", container->name);
	if (container->name || !container->id)
		return;
	putchar(' ');
	print_bytes(stdout, container->id, strnlen(container->id, ID_SHOWN), SIZE_MAX, false);
}

/* "container web  Podman, runc  created 2026-11-23T06:50:04Z  image localhost/web:1" */
void print_container(const struct pimg_container *container)
{
	if (!container)
		return;
	printf("%scontainer%s", style(STYLE_HEADING), style(STYLE_PLAIN));
	print_name(container);
	print_field("  ", container->engine);
	print_field(container->engine ? ", " : "  ", container->runtime);
	print_created(container->created);
	print_field("  pod ", container->pod);
	print_field(container->pod ? " in " : "  namespace ", container->pod_namespace);
	print_field("  image ", container->image);
	putchar('\n');
}

void json_container(struct json *json, const struct pimg_container *container)
{
	static const struct pimg_container nothing;
	const struct pimg_container *from = container ? container : &nothing;
	const struct {
		const char *key, *value;
	} fields[] = {
		{"name", from->name},
		{"id", from->id},
		{"engine", from->engine},
		{"runtime", from->runtime},
		{"created", from->created},
		{"pod", from->pod},
		{"namespace", from->pod_namespace},
		{"image", from->image},
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
