/* Samples of a data set as pictures with a line under each, in pages. */
#pragma once

#include "ui/panels/panel.h"
#include "ui/panels/panel_spots.h"

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
 * need), in at most as many pages as that takes. The pager goes into `pager` where there are
 * several pages; NULL: under the pictures. */
ExampleLayout example_layout(const Canvas *canvas, const Rect *area, const Rect *pager,
                             const ExamplePages *pages, double smallest);
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

/* --- pointer and keyboard --- */

/* Kinds of spots: a picture (index: its sample), the pager's buttons. */
enum { EXAMPLE_SPOT = 100, EXAMPLE_SPOT_BACK, EXAMPLE_SPOT_NEXT };

void example_spots_add(GArray *spots, const ExampleLayout *layout, const ExamplePages *pages);
/* A hit on one of these spots; `what` the sample is. The pinned one leads to its loss. */
void example_hit(const Panel *panel, DatasetPart part, const Spot *spot, const char *what,
                 Hit *hit);
/* A click on one of them: pins the sample, or turns the page. FALSE: it is the pinned one, explain
 * it. */
gboolean example_click(Panel *panel, DatasetPart part, const Spot *spot, ExamplePages *pages,
                       const ExampleLayout *layout);
/* Page Up and Page Down; FALSE: another key, or no such page. */
gboolean example_key(Panel *panel, const char *name, ExamplePages *pages,
                     const ExampleLayout *layout);
