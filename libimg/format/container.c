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

#include <stdlib.h>
#include <string.h>

#include "format/json-object.h"
#include "io/source/source.h"

/*
 * Descriptions of real containers have a few thousand bytes; a parsed value takes many times the memory of
 * its text.
 */
#define DESCRIPTION_MAX (512U * 1024)

static struct json_object *read_description(struct folder *folder, const char *base)
{
	struct json_object *value;
	struct source *source;

	if (folder_find_above(folder, base, &source, NULL) <= 0)
		return NULL;
	value = json_object_of_source(source, DESCRIPTION_MAX);
	source_close(source);
	return value;
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
	const char *text = json_text_of_key(annotations, "io.kubernetes.cri-o.Metadata");
	struct json_object *metadata = text ? json_object_of_text(text, strlen(text)) : NULL;

	container->engine = strdup("CRI-O");
	container->name = copy(json_text_of_key(metadata, "name"));
	container->created = copy(json_text_of_key(annotations, "io.kubernetes.cri-o.Created"));
	container->pod = copy(json_text_of_key(annotations, "io.kubernetes.pod.name"));
	container->pod_namespace =
		copy(json_text_of_key(annotations, "io.kubernetes.pod.namespace"));
	json_object_put(metadata);
}

static void tell_containerd(struct pimg_container *container, struct json_object *annotations)
{
	container->engine = strdup("containerd");
	container->name = copy(json_text_of_key(annotations, "io.kubernetes.cri.container-name"));
	container->pod = copy(json_text_of_key(annotations, "io.kubernetes.cri.sandbox-name"));
	container->pod_namespace =
		copy(json_text_of_key(annotations, "io.kubernetes.cri.sandbox-namespace"));
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
		const char *value = json_text_of_key(annotations, engines[i].annotation);

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
	const char *text = json_text_of_key(config, key);

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
	set_if_null(&container->name, json_text_of_key(config, "name"));
	set_if_null(&container->created, time_of(config, "createdTime"));
	container->checkpointed = copy(time_of(config, "checkpointedTime"));
	container->id = copy(json_text_of_key(config, "id"));
	container->runtime = copy(json_text_of_key(config, "runtime"));
	container->image = copy(either(json_text_of_key(config, "rootfsImageName"),
				       json_text_of_key(config, "rootfsImage")));
}

/* ---- annotations of a container image ---- */

/* The names that Podman, CRI-O and checkpointctl give them; buildah copies what its user types. */
#define PODMAN "io.podman.annotations.checkpoint."
#define CRIU   "org.criu.checkpoint."

/* The first of these annotations that exists. */
static const char *annotation(struct json_object *annotations, const char *const *keys)
{
	const char *value = NULL;

	for (; *keys && !value; keys++)
		value = json_text_of_key(annotations, *keys);
	return value;
}

static const char *engine_of(struct json_object *annotations)
{
	const char *name = json_text_of_key(annotations, CRIU "engine.name");

	if (json_text_of_key(annotations, PODMAN "name"))
		return "Podman";
	if (json_text_of_key(annotations, "io.kubernetes.cri-o.annotations.checkpoint.name"))
		return "CRI-O";
	return name;
}

static void tell_annotations(struct pimg_container *container, struct json_object *annotations)
{
	const struct {
		char **text;
		const char *keys[5];
	} fields[] = {
		{&container->name,
		 {PODMAN "name", "io.kubernetes.cri-o.annotations.checkpoint.name",
		  CRIU "container.name"}},
		{&container->runtime, {PODMAN "runtime.name", CRIU "runtime.name"}},
		{&container->image,
		 {PODMAN "rootfsImageName", PODMAN "rawImageName", CRIU "rootfsImageName",
		  CRIU "rawImageName"}},
		{&container->pod, {CRIU "pod.name"}},
		{&container->pod_namespace, {CRIU "pod.namespace"}},
		{&container->checkpointed, {"org.opencontainers.image.created"}},
	};

	for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++)
		set_if_null(fields[i].text, annotation(annotations, fields[i].keys));
	set_if_null(&container->engine, engine_of(annotations));
}

struct pimg_container *container_read(struct folder *folder, struct json_object *annotations,
				      const char *reference)
{
	struct json_object *config = read_description(folder, "config.dump");
	struct json_object *spec = read_description(folder, "spec.dump");
	struct pimg_container *container = calloc(1, sizeof(*container));

	if (container) {
		tell(container, config, spec);
		tell_annotations(container, annotations);
		container->reference = copy(reference);
	}
	json_object_put(config);
	json_object_put(spec);
	if (container &&
	    (container->name || container->id || container->engine || container->reference))
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
	free(container->reference);
	free(container);
}
