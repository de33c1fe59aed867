// SPDX-License-Identifier: GPL-2.0-or-later
#include "views/container-head.h"

#include <string.h>

/* The length to which engines shorten an ID. */
#define ID_SHOWN 12

static const struct pimg_container *container_of(const struct view *view)
{
	return pimg_image_container(view->model->image);
}

int container_head_rows(struct view *view, int rows)
{
	return rows >= 8 && container_of(view) ? 1 : 0;
}

static void draw_part(struct pen *pen, const char *before, const char *text)
{
	if (text)
		pen_print(pen, ROLE_DIM, "%s%s", before, text);
}

/* Draws a time without its fraction: "2026-11-23T06:50:04.431988462Z" would be too long. */
static void draw_time(struct pen *pen, const char *before, const char *time)
{
	size_t seconds = time ? strcspn(time, ".") : 0;

	if (!time)
		return;
	pen_print(pen, ROLE_DIM, "%s%.*s", before, (int)seconds, time);
	if (time[seconds])
		draw_part(pen, "", time + seconds + 1 + strspn(time + seconds + 1, "0123456789"));
}

/* "container web  Podman, runc  created 2026-11-23T06:50:04Z  image localhost/web:1", as in show. */
void container_draw_head(struct view *view, const struct area *area)
{
	const struct pimg_container *container = container_of(view);
	struct pen pen = pen_at(area, 0);

	pen_print(&pen, ROLE_DIM, " container");
	if (container->name)
		pen_print(&pen, ROLE_NAME, " %s", container->name);
	else if (container->id)
		pen_print(&pen, ROLE_NAME, " %.*s", ID_SHOWN, container->id);
	draw_part(&pen, "  ", container->engine);
	draw_part(&pen, container->engine ? ", " : "  ", container->runtime);
	draw_time(&pen, "  created ", container->created);
	draw_time(&pen, "  checkpointed ", container->checkpointed);
	draw_part(&pen, "  pod ", container->pod);
	draw_part(&pen, container->pod ? " in " : "  namespace ", container->pod_namespace);
	draw_part(&pen, "  image ", container->image);
	pen_fill(&pen);
}
