#include "ui/widgets/wrap_layout.h"

#include <math.h>

struct _BathyWrapLayout {
  GtkLayoutManager parent_instance;
  int spacing, line_spacing;
};

G_DEFINE_FINAL_TYPE(BathyWrapLayout, bathy_wrap_layout, GTK_TYPE_LAYOUT_MANAGER)

/* Widgets give up to this share of their width to stay on a line. */
#define SHRINK 0.3

typedef struct {
  GtkWidget *first, *end; /* the widgets from first on, up to but without end (NULL: to the last) */
  double shrink;          /* what they give of what they can: 0 … 1 */
} Line;

typedef struct {
  int width, give;
} ChildSize;

static ChildSize child_size(GtkWidget *child, int available) {
  int minimum, natural;

  gtk_widget_measure(child, GTK_ORIENTATION_HORIZONTAL, -1, &minimum, &natural, NULL, NULL);
  const int width = MAX(minimum, MIN(natural, available));
  return (ChildSize){width, MIN((int)(SHRINK * width), width - minimum)};
}

static int child_width(GtkWidget *child, const Line *line, int available) {
  const ChildSize size = child_size(child, available);

  return size.width - (int)ceil(line->shrink * size.give);
}

static int child_height(GtkWidget *child, int width) {
  int natural;

  gtk_widget_measure(child, GTK_ORIENTATION_VERTICAL, width, NULL, &natural, NULL, NULL);
  return natural;
}

static Line fill_line(const BathyWrapLayout *self, GtkWidget *first, int available) {
  Line line = {first, first, 0};
  int used = 0, give = 0;

  for (GtkWidget *child = first; child != NULL; child = gtk_widget_get_next_sibling(child)) {
    if (gtk_widget_should_layout(child)) {
      const ChildSize size = child_size(child, available);
      if (used > 0 && used + self->spacing + size.width - give - size.give > available)
        break;
      used += size.width + (used > 0 ? self->spacing : 0);
      give += size.give;
    }
    line.end = gtk_widget_get_next_sibling(child);
  }
  if (used > available && give > 0)
    line.shrink = (double)(used - available) / give;
  return line;
}

static int line_height(const Line *line, int available) {
  int height = 0;

  for (GtkWidget *child = line->first; child != line->end;
       child = gtk_widget_get_next_sibling(child))
    if (gtk_widget_should_layout(child))
      height = MAX(height, child_height(child, child_width(child, line, available)));
  return height;
}

static GtkSizeRequestMode get_request_mode(GtkLayoutManager *manager, GtkWidget *widget) {
  return GTK_SIZE_REQUEST_HEIGHT_FOR_WIDTH;
}

static void measure_width(const BathyWrapLayout *self, GtkWidget *widget, int *minimum,
                          int *natural) {
  for (GtkWidget *child = gtk_widget_get_first_child(widget); child != NULL;
       child = gtk_widget_get_next_sibling(child)) {
    int least, width;
    if (!gtk_widget_should_layout(child))
      continue;
    gtk_widget_measure(child, GTK_ORIENTATION_HORIZONTAL, -1, &least, &width, NULL, NULL);
    *minimum = MAX(*minimum, least);
    *natural += width + (*natural > 0 ? self->spacing : 0);
  }
}

static void measure(GtkLayoutManager *manager, GtkWidget *widget, GtkOrientation orientation,
                    int for_size, int *minimum, int *natural, int *minimum_baseline,
                    int *natural_baseline) {
  const BathyWrapLayout *self = BATHY_WRAP_LAYOUT(manager);
  GtkWidget *child = gtk_widget_get_first_child(widget);

  *minimum = *natural = 0;
  if (orientation == GTK_ORIENTATION_HORIZONTAL) {
    measure_width(self, widget, minimum, natural);
    return;
  }
  const int available = for_size >= 0 ? for_size : G_MAXINT / 2;
  while (child != NULL) {
    const Line line = fill_line(self, child, available);
    *natural += line_height(&line, available) + (*natural > 0 ? self->line_spacing : 0);
    child = line.end;
  }
  *minimum = *natural;
}

/* Widgets of a line are centred on it; in right-to-left languages arithmetic still runs from left
 * to right. */
static int allocate_line(const BathyWrapLayout *self, const Line *line, int y, int available) {
  const int full = line_height(line, available);
  int x = 0;

  for (GtkWidget *child = line->first; child != line->end;
       child = gtk_widget_get_next_sibling(child)) {
    if (!gtk_widget_should_layout(child))
      continue;
    const int width = child_width(child, line, available), height = child_height(child, width);
    gtk_widget_size_allocate(child, &(GtkAllocation){x, y + (full - height) / 2, width, height},
                             -1);
    x += width + self->spacing;
  }
  return full;
}

static void allocate(GtkLayoutManager *manager, GtkWidget *widget, int width, int height,
                     int baseline) {
  const BathyWrapLayout *self = BATHY_WRAP_LAYOUT(manager);
  GtkWidget *child = gtk_widget_get_first_child(widget);

  for (int y = 0; child != NULL;) {
    const Line line = fill_line(self, child, width);
    y += allocate_line(self, &line, y, width) + self->line_spacing;
    child = line.end;
  }
}

static void bathy_wrap_layout_class_init(BathyWrapLayoutClass *klass) {
  GtkLayoutManagerClass *manager = GTK_LAYOUT_MANAGER_CLASS(klass);

  manager->get_request_mode = get_request_mode;
  manager->measure = measure;
  manager->allocate = allocate;
}

static void bathy_wrap_layout_init(BathyWrapLayout *self) {}

GtkLayoutManager *bathy_wrap_layout_new(int spacing, int line_spacing) {
  BathyWrapLayout *self = g_object_new(BATHY_TYPE_WRAP_LAYOUT, NULL);

  self->spacing = spacing;
  self->line_spacing = line_spacing;
  return GTK_LAYOUT_MANAGER(self);
}
