// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * config.dump is the engine's description of the container; spec.dump is the specification for the runtime,
 * whose annotations show the engine:
 *
 *	Podman		io.container.manager = libpod; name and creation time in config.dump
 *	CRI-O		io.container.manager = cri-o; name as JSON in io.kubernetes.cri-o.Metadata
 *	containerd	io.kubernetes.cri.container-name and others
 *
 * All of it is for people to read: unreadable parts are skipped, and are not damage to the queues.
 */
#include "format/container.h"

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "io/source/source.h"

/*
 * Descriptions of real containers have a few thousand bytes; a parsed value takes many times the memory of
 * its text.
 */
#define DESCRIPTION_MAX (512U * 1024)

static struct json_object *parse(const char *text, size_t length)
{
	struct json_tokener *tokener = json_tokener_new();
	struct json_object *value = NULL;

	if (tokener)
		value = json_tokener_parse_ex(tokener, text, (int)length);
	json_tokener_free(tokener);
	return value;
}

static struct json_object *read_description(struct folder *folder, const char *base)
{
	struct json_object *value = NULL;
	struct source *source;
	const uint8_t *data;
	ssize_t there;

	if (folder_find_above(folder, base, &source, NULL) <= 0)
		return NULL;
	there = source_peek(source, DESCRIPTION_MAX + 1, &data, NULL);
	if (there > 0 && there <= (ssize_t)DESCRIPTION_MAX)
		value = parse((const char *)data, (size_t)there);
	source_close(source);
	return value;
}

/* Null if it does not exist, is not a string, or is empty. */
static const char *text_of(struct json_object *object, const char *key)
{
	struct json_object *value;

	if (!json_object_is_type(object, json_type_object) ||
	    !json_object_object_get_ex(object, key, &value) ||
	    !json_object_is_type(value, json_type_string) || !json_object_get_string_len(value))
		return NULL;
	return json_object_get_string(value);
}

static char *copy(const char *text)
{
	return text ? strdup(text) : NULL;
}

static const char *either(const char *first, const char *second)
{
	return first ? first : second;
}

/* ---- by engine ---- */

static void tell_podman(struct pimg_container *container, struct json_object *annotations)
{
	(void)annotations;
	container->engine = strdup("Podman");
}

static void tell_crio(struct pimg_container *container, struct json_object *annotations)
{
	const char *text = text_of(annotations, "io.kubernetes.cri-o.Metadata");
	struct json_object *metadata = text ? parse(text, strlen(text)) : NULL;

	container->engine = strdup("CRI-O");
	container->name = copy(text_of(metadata, "name"));
	container->created = copy(text_of(annotations, "io.kubernetes.cri-o.Created"));
	container->pod = copy(text_of(annotations, "io.kubernetes.pod.name"));
	container->pod_namespace = copy(text_of(annotations, "io.kubernetes.pod.namespace"));
	json_object_put(metadata);
}

static void tell_containerd(struct pimg_container *container, struct json_object *annotations)
{
	container->engine = strdup("containerd");
	container->name = copy(text_of(annotations, "io.kubernetes.cri.container-name"));
	container->pod = copy(text_of(annotations, "io.kubernetes.cri.sandbox-name"));
	container->pod_namespace =
		copy(text_of(annotations, "io.kubernetes.cri.sandbox-namespace"));
}

static const struct engine {
	const char *annotation;
	const char *value; /* or null for any */
	void (*tell)(struct pimg_container *container, struct json_object *annotations);
} engines[] = {
	{"io.container.manager", "libpod", tell_podman},
	{"io.container.manager", "cri-o", tell_crio},
	{"io.kubernetes.cri.container-name", NULL, tell_containerd},
};

static void tell_engine(struct pimg_container *container, struct json_object *annotations)
{
	for (size_t i = 0; i < sizeof(engines) / sizeof(*engines); i++) {
		const char *value = text_of(annotations, engines[i].annotation);

		if (!value || (engines[i].value && strcmp(value, engines[i].value) != 0))
			continue;
		engines[i].tell(container, annotations);
		return;
	}
}

/* ---- the description ---- */

/* An engine that does not know the time writes the first moment of its calendar. */
static const char *time_of(struct json_object *config, const char *key)
{
	const char *text = text_of(config, key);

	return text && strncmp(text, "0001-", 5) != 0 ? text : NULL;
}

static void set_if_null(char **text, const char *value)
{
	if (!*text)
		*text = copy(value);
}

static void tell(struct pimg_container *container, struct json_object *config,
		 struct json_object *spec)
{
	struct json_object *annotations = NULL;

	if (json_object_is_type(spec, json_type_object))
		json_object_object_get_ex(spec, "annotations", &annotations);
	tell_engine(container, annotations);
	set_if_null(&container->name, text_of(config, "name"));
	set_if_null(&container->created, time_of(config, "createdTime"));
	container->checkpointed = copy(time_of(config, "checkpointedTime"));
	container->id = copy(text_of(config, "id"));
	container->runtime = copy(text_of(config, "runtime"));
	container->image =
		copy(either(text_of(config, "rootfsImageName"), text_of(config, "rootfsImage")));
}

struct pimg_container *container_read(struct folder *folder)
{
	struct json_object *config = read_description(folder, "config.dump");
	struct json_object *spec = read_description(folder, "spec.dump");
	struct pimg_container *container = calloc(1, sizeof(*container));

	if (container)
		tell(container, config, spec);
	json_object_put(config);
	json_object_put(spec);
	if (container && (container->name || container->id || container->engine))
		return container;
	pimg_container_free(container);
	return NULL;
}

void pimg_container_free(struct pimg_container *container)
{
	if (!container)
		return;
	free(container->name);
	free(container->id);
	free(container->image);
	free(container->engine);
	free(container->runtime);
	free(container->created);
	free(container->checkpointed);
	free(container->pod);
	free(container->pod_namespace);
	free(container);
}
