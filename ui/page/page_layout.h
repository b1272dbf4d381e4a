/* How the blocks of a page are laid out.
 *
 * A column: one below the other, text as wide as it reads well, in the middle. A widget of CSS
 * class "page-wide" may stand out on the right as far as it needs and there is room.
 *
 * A pair: two widgets side by side where both fit as they would like to be, else one below the
 * other.
 */
#pragma once

#include <gtk/gtk.h>

#define BATHY_TYPE_COLUMN_LAYOUT (bathy_column_layout_get_type())
G_DECLARE_FINAL_TYPE(BathyColumnLayout, bathy_column_layout, BATHY, COLUMN_LAYOUT, GtkLayoutManager)

GtkLayoutManager *bathy_column_layout_new(int spacing);
/* The most that text may take, in pixels. */
void bathy_column_layout_set_width(BathyColumnLayout *self, int width);

#define BATHY_TYPE_PAIR_LAYOUT (bathy_pair_layout_get_type())
G_DECLARE_FINAL_TYPE(BathyPairLayout, bathy_pair_layout, BATHY, PAIR_LAYOUT, GtkLayoutManager)

GtkLayoutManager *bathy_pair_layout_new(int spacing);
