/* Samples of a data set as pictures with a line under each, in pages. */
#pragma once

#include "ui/panels/panel.h"

/* Samples in the order they are shown. */
typedef struct {
  guint32 *sample;
  guint n;
  guint first; /* the first on the page */
} ExamplePages;

/* Takes `sample` over; stays on its page where that still exists. */
void example_pages_set(ExamplePages *self, guint32 *sample, guint n);
void example_pages_clear(ExamplePages *self);

typedef struct {
  Rect area;
  double side, caption, gap; /* of a picture; height of the line under it; between tiles */
  guint across, down, shown; /* tiles that fit; on this page */
  Rect pager, back, next;    /* width 0: everything is on one page */
} ExampleLayout;

/* Pictures as large as lets all of them be seen at once, from `smallest` em on (what the captions
 * need), in at most as many pages as that takes. */
ExampleLayout example_layout(const Canvas *canvas, const Rect *area, const ExamplePages *pages,
                             double smallest);
guint example_per_page(const ExampleLayout *self);
/* The picture of the i-th tile on the page, and the picture with its caption. */
Rect example_picture(const ExampleLayout *self, guint i);
Rect example_tile(const ExampleLayout *self, guint i);
/* By whole pages, forward or back; FALSE when there are none further. */
gboolean example_pages_turn(ExamplePages *self, const ExampleLayout *layout, int pages);
gboolean example_can_turn(const ExamplePages *self, const ExampleLayout *layout, int pages);

/* Turns to the page that shows this sample and gives its picture's place; FALSE when it is not in
 * the list. */
gboolean example_locate(ExamplePages *self, guint32 sample, ExampleLayout *layout, Rect *area);

/* Several ways to say it, longest first, NULL-ended; the texts live in `texts`. */
#define EXAMPLE_CAPTIONS 4
typedef void (*ExampleCaption)(Panel *panel, guint32 sample, char texts[EXAMPLE_CAPTIONS][96]);

/* Draws the page and its pager; the pinned sample stands out. */
void example_tiles_draw(Panel *panel, const Canvas *canvas, const ExampleLayout *layout,
                        const ExamplePages *pages, DatasetPart part, ExampleCaption caption);
/* Whether the probe is of this sample. */
gboolean example_is_pinned(const Panel *panel, DatasetPart part, guint32 sample);
/* A hit on a sample: `what` it is, and what a click does. The pinned one leads to its loss. */
void example_hit(const Panel *panel, DatasetPart part, guint32 sample, const char *what, Hit *hit);
/* A click on a sample: pins it. FALSE: it is the pinned one, explain it. */
gboolean example_click(Panel *panel, DatasetPart part, guint32 sample);
