// SPDX-License-Identifier: GPL-2.0-or-later
#include "views/snapshot-open.h"

#include "views/packets.h"
#include "views/snapshot.h"

/* By value, because another pipe may be selected while a question is open. */
void snapshot_open(struct browser *browser, const struct live *live, struct live_identity pipe)
{
	char note[64];
	struct pimg_image *image = snapshot_image(browser, live, &pipe, note, sizeof(note));
	struct model *model;

	if (!image)
		return;
	model = view_packets_open(browser, image, "live", note);
	if (!model)
		return;
	model->live = live;
	model->pipe = pipe;
}
