#include "ui/page/page_layout.h"

#define WORTH_IT 40 /* pixels to be gained by leaving the column */

static GtkSizeRequestMode height_for_width(GtkLayoutManager *manager, GtkWidget *widget) {
  (void)manager, (void)widget;
  return GTK_SIZE_REQUEST_HEIGHT_FOR_WIDTH;
}

static GtkWidget *shown(GtkWidget *child) {
  while (child != NULL && !gtk_widget_should_layout(child))
    child = gtk_widget_get_next_sibling(child);
  return child;
}

static GtkWidget *first_of(GtkWidget *widget) { return shown(gtk_widget_get_first_child(widget)); }
static GtkWidget *after(GtkWidget *child) { return shown(gtk_widget_get_next_sibling(child)); }

static void widths(GtkWidget *child, int *minimum, int *natural) {
  gtk_widget_measure(child, GTK_ORIENTATION_HORIZONTAL, -1, minimum, natural, NULL, NULL);
}

static int natural_width(GtkWidget *child) {
  int minimum, natural;

  widths(child, &minimum, &natural);
  return natural;
}

static int height_for(GtkWidget *child, int width) {
  int natural;

  gtk_widget_measure(child, GTK_ORIENTATION_VERTICAL, width, NULL, &natural, NULL, NULL);
  return natural;
}

static void place(GtkWidget *child, int x, int y, int width, int height) {
  gtk_widget_size_allocate(child, &(GtkAllocation){x, y, width, height}, -1);
}

/* --- column --- */

struct _BathyColumnLayout {
  GtkLayoutManager parent;
  int spacing, width;
};

G_DEFINE_FINAL_TYPE(BathyColumnLayout, bathy_column_layout, GTK_TYPE_LAYOUT_MANAGER)

/* A pair that does not fit side by side needs no more than the wider of both. */
static int wanted_width(GtkWidget *child, int available) {
  const int natural = natural_width(child);
  int widest = 0;

  if (natural <= available || !BATHY_IS_PAIR_LAYOUT(gtk_widget_get_layout_manager(child)))
    return natural;
  for (GtkWidget *part = first_of(child); part != NULL; part = after(part))
    widest = MAX(widest, natural_width(part));
  return widest;
}

/* Of a child where `available` pixels are. */
static int column_child(const BathyColumnLayout *self, GtkWidget *child, int available) {
  int minimum, natural, width = MIN(self->width, available);

  widths(child, &minimum, &natural);
  if (gtk_widget_has_css_class(child, "page-wide") && available > self->width + WORTH_IT)
    width = CLAMP(wanted_width(child, available), width, available);
  return MAX(width, minimum);
}

static void column_measure(GtkLayoutManager *manager, GtkWidget *widget, GtkOrientation orientation,
                           int for_size, int *minimum, int *natural, int *minimum_baseline,
                           int *natural_baseline) {
  const BathyColumnLayout *self = BATHY_COLUMN_LAYOUT(manager);
  const int available = for_size >= 0 ? for_size : self->width;

  *minimum = *natural = 0;
  *minimum_baseline = *natural_baseline = -1;
  for (GtkWidget *child = first_of(widget); child != NULL; child = after(child)) {
    int least, wanted;
    widths(child, &least, &wanted);
    if (orientation == GTK_ORIENTATION_HORIZONTAL)
      *minimum = MAX(*minimum, least), *natural = MAX(*natural, wanted);
    else
      *natural += height_for(child, column_child(self, child, available)) +
                  (child != first_of(widget) ? self->spacing : 0);
  }
  if (orientation == GTK_ORIENTATION_VERTICAL)
    *minimum = *natural;
}

static void column_allocate(GtkLayoutManager *manager, GtkWidget *widget, int width, int height,
                            int baseline) {
  const BathyColumnLayout *self = BATHY_COLUMN_LAYOUT(manager);
  const int left = MAX(width - self->width, 0) / 2;
  int y = 0;

  (void)height, (void)baseline;
  for (GtkWidget *child = first_of(widget); child != NULL; child = after(child)) {
    const int wide = column_child(self, child, width), high = height_for(child, wide);
    place(child, CLAMP(width - wide, 0, left), y, wide, high);
    y += high + self->spacing;
  }
}

static void bathy_column_layout_class_init(BathyColumnLayoutClass *klass) {
  GtkLayoutManagerClass *manager = GTK_LAYOUT_MANAGER_CLASS(klass);

  manager->get_request_mode = height_for_width;
  manager->measure = column_measure;
  manager->allocate = column_allocate;
}

static void bathy_column_layout_init(BathyColumnLayout *self) { self->width = 600; }

GtkLayoutManager *bathy_column_layout_new(int spacing) {
  BathyColumnLayout *self = g_object_new(BATHY_TYPE_COLUMN_LAYOUT, NULL);

  self->spacing = spacing;
  return GTK_LAYOUT_MANAGER(self);
}

void bathy_column_layout_set_width(BathyColumnLayout *self, int width) {
  if (self->width == width)
    return;
  self->width = width;
  gtk_layout_manager_layout_changed(GTK_LAYOUT_MANAGER(self));
}

/* --- pair --- */

struct _BathyPairLayout {
  GtkLayoutManager parent;
  int spacing;
};

G_DEFINE_FINAL_TYPE(BathyPairLayout, bathy_pair_layout, GTK_TYPE_LAYOUT_MANAGER)

/* What the second one gets beside the first; 0: it comes below. */
static int beside(const BathyPairLayout *self, GtkWidget *first, GtkWidget *second, int available) {
  const int wanted = second != NULL ? natural_width(second) : 0;

  return natural_width(first) + self->spacing + wanted <= available ? wanted : 0;
}

static void pair_widths(const BathyPairLayout *self, GtkWidget *widget, int *minimum,
                        int *natural) {
  for (GtkWidget *child = first_of(widget); child != NULL; child = after(child)) {
    int least, wanted;
    widths(child, &least, &wanted);
    *minimum = MAX(*minimum, least);
    *natural += wanted + (*natural > 0 ? self->spacing : 0);
  }
}

static void pair_measure(GtkLayoutManager *manager, GtkWidget *widget, GtkOrientation orientation,
                         int for_size, int *minimum, int *natural, int *minimum_baseline,
                         int *natural_baseline) {
  const BathyPairLayout *self = BATHY_PAIR_LAYOUT(manager);
  const int width = for_size >= 0 ? for_size : G_MAXINT / 2;
  GtkWidget *first = first_of(widget), *second = first != NULL ? after(first) : NULL;

  *minimum = *natural = 0;
  *minimum_baseline = *natural_baseline = -1;
  if (orientation == GTK_ORIENTATION_HORIZONTAL) {
    pair_widths(self, widget, minimum, natural);
    return;
  }
  if (first == NULL)
    return;
  const int right = beside(self, first, second, width);
  *natural = height_for(first, right > 0 ? width - right - self->spacing : width);
  if (right > 0)
    *natural = MAX(*natural, height_for(second, right));
  else if (second != NULL)
    *natural += self->spacing + height_for(second, width);
  *minimum = *natural;
}

static void pair_allocate(GtkLayoutManager *manager, GtkWidget *widget, int width, int height,
                          int baseline) {
  const BathyPairLayout *self = BATHY_PAIR_LAYOUT(manager);
  GtkWidget *first = first_of(widget), *second = first != NULL ? after(first) : NULL;

  (void)height, (void)baseline;
  if (first == NULL)
    return;
  const int right = beside(self, first, second, width);
  const int left = right > 0 ? width - right - self->spacing : width;
  const int high = height_for(first, left);
  place(first, 0, 0, left, high);
  if (right > 0)
    place(second, left + self->spacing, 0, right, height_for(second, right));
  else if (second != NULL)
    place(second, 0, high + self->spacing, width, height_for(second, width));
}

static void bathy_pair_layout_class_init(BathyPairLayoutClass *klass) {
  GtkLayoutManagerClass *manager = GTK_LAYOUT_MANAGER_CLASS(klass);

  manager->get_request_mode = height_for_width;
  manager->measure = pair_measure;
  manager->allocate = pair_allocate;
}

static void bathy_pair_layout_init(BathyPairLayout *self) { (void)self; }

GtkLayoutManager *bathy_pair_layout_new(int spacing) {
  BathyPairLayout *self = g_object_new(BATHY_TYPE_PAIR_LAYOUT, NULL);

  self->spacing = spacing;
  return GTK_LAYOUT_MANAGER(self);
}
