/* The model as boxes: what each layer makes, what it has learned, what it costs. */
#include "ui/chart/diagram.h"
#include "ui/panels/panel_spots.h"
#include "ui/panels/panel_words.h"

#include <string.h>

#define MAX_BOXES 64

typedef struct {
  SpotCursor cursor;
} Diagram;

typedef struct {
  DiagramBox boxes[MAX_BOXES];
  char titles[MAX_BOXES][128], lines[MAX_BOXES][3][208];
  int n;
  Rect area, foot;
} DiagramPicture;

/* --- words --- */

static void shape_text(const Shape *shape, char text[48]) {
  g_autoptr(GString) words = g_string_new(NULL);

  for (int i = 0; i < shape->rank; i++)
    g_string_append_printf(words, "%s%d", i > 0 ? " × " : "", shape->dim[i]);
  g_strlcpy(text, words->str, 48);
}

static void flops_text(double flops, char text[48]) {
  char number[NUMBER_SIZE];

  if (flops >= 1e6)
    g_snprintf(text, 48, "%s MFLOP", number_text(flops / 1e6, number));
  else if (flops >= 1e3)
    g_snprintf(text, 48, "%s kFLOP", number_text(flops / 1e3, number));
  else
    g_snprintf(text, 48, "%s FLOP", count_text(flops, number));
}

static double all_flops(const Model *model) {
  double flops = 0;

  for (guint i = 0; i < model->layers->len; i++)
    flops += ((const Layer *)model->layers->pdata[i])->flops;
  return flops;
}

/* --- boxes --- */

static int index_of(const Model *model, const char *name) {
  for (guint i = 0; i < model->layers->len; i++)
    if (g_str_equal(((const Layer *)model->layers->pdata[i])->name, name))
      return (int)i;
  return -1;
}

static void connect_box(const Model *model, const Layer *layer, int i, DiagramBox *box) {
  int n = 0;

  for (int k = 0; k < layer->n_from && n < 4; k++)
    box->from[n++] = index_of(model, layer->from[k]);
  if (n == 0 && i > 0)
    box->from[n++] = i - 1;
  if (n < 4)
    box->from[n] = -1;
}

/* Output shape, parameters, cost, as far as it has them; returns how many there are. */
static int facts_of(const Panel *self, const Layer *layer, gboolean brief, char facts[3][64]) {
  char number[NUMBER_SIZE], flops[48], shape[48];
  int n = 0;

  shape_text(&layer->output, shape);
  g_snprintf(facts[n++], 64, "→ %s", shape);
  if (layer->n_parameters > 0)
    g_snprintf(facts[n++], 64, "%s parameters", count_text((double)layer->n_parameters, number));
  if (layer->flops > 0) {
    flops_text(layer->flops, flops);
    percent_text(layer->flops / all_flops(self->model), number);
    if (brief)
      g_snprintf(facts[n++], 64, "%s FLOP", number);
    else
      g_snprintf(facts[n++], 64, "%s, %s", flops, number);
  }
  return n;
}

/* Facts share rows where there are too few, and the first one is beside the title where there are
 * none. */
static void write_box(const Panel *self, int i, int rows, DiagramPicture *picture) {
  const Layer *layer = self->model->layers->pdata[i];
  char facts[3][64];
  const int n = facts_of(self, layer, rows < 2, facts), joined = rows > 0 ? MAX(n - rows, 0) : 0;
  int line = 0;

  g_snprintf(picture->titles[i], sizeof picture->titles[i], rows > 0 ? "%s · %s" : "%s · %s %s",
             layer->name, layer->klass->keras, facts[0]);
  picture->boxes[i].title = picture->titles[i];
  for (int k = 0; rows > 0 && k < n; line++) {
    char *text = picture->lines[i][line];
    g_strlcpy(text, facts[k++], sizeof picture->lines[i][line]);
    for (int more = line == 0 ? joined : 0; more > 0; more--) {
      g_strlcat(text, " · ", sizeof picture->lines[i][line]);
      g_strlcat(text, facts[k++], sizeof picture->lines[i][line]);
    }
    picture->boxes[i].lines[line] = text;
  }
}

/* Layers that learn have a colour of their own; the bar is their share of the arithmetic. */
static void fill_box(const Panel *self, const Theme *theme, int i, DiagramPicture *picture) {
  const Layer *layer = self->model->layers->pdata[i];

  picture->boxes[i] =
      (DiagramBox){.color = layer->n_parameters > 0 ? theme_series(theme, 0) : theme_dim(theme),
                   .weight = layer->flops > 0 ? layer->flops / all_flops(self->model) : -1};
  connect_box(self->model, layer, i, &picture->boxes[i]);
}

static void make_picture(const Panel *self, const Canvas *canvas, DiagramPicture *picture) {
  const double em = canvas->theme->em;

  picture->area = rect_inset((Rect){0, 0, canvas->width, canvas->height}, 2);
  picture->foot = rect_cut_bottom(&picture->area, 1.7 * em);
  picture->n = MIN((int)self->model->layers->len, MAX_BOXES);
  for (int i = 0; i < picture->n; i++)
    fill_box(self, canvas->theme, i, picture);
  for (int i = 0; i < picture->n; i++) {
    const Rect box = diagram_box(&picture->area, picture->boxes, picture->n, i, em);
    write_box(self, i, diagram_rows(&box, &picture->boxes[i], em), picture);
  }
}

/* The box under the pointer, or else under the keyboard's cursor. */
static int chosen(const Panel *self, const DiagramPicture *picture, double em) {
  const Diagram *state = self->state;
  const gboolean pointed = self->pointer_x >= 0;

  if (!pointed && !state->cursor.entered)
    return -1;
  return diagram_hit(&picture->area, picture->boxes, picture->n, em,
                     pointed ? self->pointer_x : state->cursor.x,
                     pointed ? self->pointer_y : state->cursor.y);
}

static void total_text(const Panel *self, char text[128]) {
  char number[NUMBER_SIZE], flops[48];

  flops_text(all_flops(self->model), flops);
  g_snprintf(text, 128, "%s parameters, %s forward for one sample",
             count_text((double)parameters_count(self->model->parameters), number), flops);
}

/* The totals, and what bars and colours mean, as far as there is room. */
static void draw_foot(const Panel *self, const Canvas *canvas, const Rect *foot) {
  const TextStyle style = {.size = 0.9,
                           .color = theme_dim(canvas->theme),
                           .align = ALIGN_CENTRE,
                           .align_vertical = ALIGN_END};
  char total[128], brief[64], number[NUMBER_SIZE];

  total_text(self, total);
  g_snprintf(brief, sizeof brief, "%s parameters",
             count_text((double)parameters_count(self->model->parameters), number));
  g_autofree char *all = g_strconcat(total, " · coloured: learns · bar: share of FLOP", NULL);
  const char *const candidates[] = {all, total, brief, NULL};
  canvas_text_in(canvas, foot, &style, text_fitting(canvas, &style, foot->width, candidates));
}

static void draw(Panel *self, const Canvas *canvas) {
  DiagramPicture picture;

  make_picture(self, canvas, &picture);
  diagram_draw(canvas, &picture.area, picture.boxes, picture.n,
               chosen(self, &picture, canvas->theme->em));
  draw_foot(self, canvas, &picture.foot);
}

/* --- what is where --- */

/* The largest number that the layer makes of the pinned example: the way into its arithmetic. */
static void target_largest(const Panel *self, const Layer *layer, GString *text, Target *target) {
  const Tensor *tensor = panel_tensor(self, layer->name);
  char number[NUMBER_SIZE];
  gsize best = 0;

  if (tensor == NULL || tensor->value == NULL)
    return;
  for (gsize i = 1; i < shape_size(&tensor->shape); i++)
    if (tensor->value[i] > tensor->value[best])
      best = i;
  g_strlcpy(target->tensor, tensor->name, sizeof target->tensor);
  target->offset = best;
  g_string_append_printf(text, "; largest now %s",
                         number_text((double)tensor->value[best], number));
}

static void tell_layer(const Panel *self, const Layer *layer, Hit *hit) {
  char number[NUMBER_SIZE], shape[48];
  g_autoptr(GString) text = g_string_new(layer->name);

  shape_text(&layer->output, shape);
  g_string_append_printf(text, layer->klass->source ? " takes %s" : " makes %s", shape);
  if (layer->n_parameters > 0)
    g_string_append_printf(text, " with %s parameters",
                           count_text((double)layer->n_parameters, number));
  if (layer->flops > 0)
    g_string_append_printf(text, " and %s of all FLOP",
                           percent_text(layer->flops / all_flops(self->model), number));
  target_largest(self, layer, text, &hit->target);
  g_strlcpy(hit->text, text->str, sizeof hit->text);
}

static gboolean hit(Panel *self, const Canvas *canvas, double x, double y, Hit *hit) {
  const double em = canvas->theme->em;
  DiagramPicture picture;

  make_picture(self, canvas, &picture);
  const int i = diagram_hit(&picture.area, picture.boxes, picture.n, em, x, y);
  if (i < 0)
    return FALSE;
  hit->area = diagram_box(&picture.area, picture.boxes, picture.n, i, em);
  tell_layer(self, self->model->layers->pdata[i], hit);
  return TRUE;
}

static gboolean move(Panel *self, const Canvas *canvas, int dx, int dy, double *x, double *y) {
  Diagram *state = self->state;
  g_autoptr(GArray) spots = g_array_new(FALSE, FALSE, sizeof(Spot));
  DiagramPicture picture;

  make_picture(self, canvas, &picture);
  self->pointer_x = self->pointer_y = -1;
  for (int i = 0; i < picture.n; i++) {
    const Rect box = diagram_box(&picture.area, picture.boxes, picture.n, i, canvas->theme->em);
    spots_add(spots, &box, 1, (guint32)i);
  }
  return spots_move(spots, &state->cursor, dx, dy, x, y);
}

/* Leaves the boxes. */
static gboolean key(Panel *self, const char *name, gboolean control) {
  (void)control;
  if (g_str_equal(name, "Escape"))
    ((Diagram *)self->state)->cursor.entered = FALSE;
  return FALSE;
}

/* The layer that a number belongs to: "conv1.kernel" and "conv1.preactivation" to "conv1". */
static gboolean locate(Panel *self, const Canvas *canvas, const Target *target, Rect *area) {
  g_autofree char *name = g_strndup(target->tensor, strcspn(target->tensor, "."));
  const int i = index_of(self->model, name);
  DiagramPicture picture;

  if (i < 0 || i >= MAX_BOXES)
    return FALSE;
  make_picture(self, canvas, &picture);
  *area = diagram_box(&picture.area, picture.boxes, picture.n, i, canvas->theme->em);
  return TRUE;
}

/* --- for spreadsheets and ears --- */

static void csv(Panel *self, GString *text) {
  char shape[48];

  g_string_append(text, "layer,type,output,parameters,flops\n");
  for (guint i = 0; i < self->model->layers->len; i++) {
    const Layer *layer = self->model->layers->pdata[i];
    shape_text(&layer->output, shape);
    csv_text(text, layer->name);
    g_string_append_c(text, ',');
    csv_text(text, layer->klass->keras);
    g_string_append_c(text, ',');
    csv_text(text, shape);
    g_string_append_printf(text, ",%" G_GSIZE_FORMAT ",%.0f\n", layer->n_parameters, layer->flops);
  }
}

static char *describe(Panel *self) {
  g_autoptr(GString) text = g_string_new(NULL);
  char total[128], shape[48];

  total_text(self, total);
  g_string_printf(text, "%u layers, %s: ", self->model->layers->len, total);
  for (guint i = 0; i < self->model->layers->len; i++) {
    const Layer *layer = self->model->layers->pdata[i];
    shape_text(&layer->output, shape);
    g_string_append_printf(text, "%s%s makes %s", i > 0 ? ", " : "", layer->name, shape);
  }
  g_string_append_c(text, '.');
  return g_strdup(text->str);
}

const PanelClass panel_diagram = {
    .name = "diagram",
    .title = "Model",
    .icon = "view-list-symbolic",
    .help = "The layers in order: what each makes, how many parameters it learns, what it costs",
    .manual =
        "Point at a layer for its share of the arithmetic; click to ask how its largest number "
        "came about. Arrow keys go from layer to layer.",
    .state_size = sizeof(Diagram),
    .width = 480,
    .height = 420,
    .draw = draw,
    .hit = hit,
    .move = move,
    .key = key,
    .locate = locate,
    .csv = csv,
    .describe = describe,
};
