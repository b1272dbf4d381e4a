/* How the numbers of each layer lie: weights, activations, gradients. */
#include "ui/chart/bars.h"
#include "ui/panels/panel_spots.h"
#include "ui/panels/panel_words.h"

#include <math.h>
#include <string.h>

#define MAX_TENSORS 24
#define BINS 40

typedef enum { SHOW_WEIGHTS, SHOW_ACTIVATIONS, SHOW_GRADIENTS, SHOW_DELTAS } Show;

#define RECOUNT_MS                                                                                 \
  400 /* while it trains: counting hundreds of thousands of weights takes its time */

/* What is counted: values or gradients of one tensor. */
typedef struct {
  const Tensor *tensor;
  gboolean gradient;
} Counted;

typedef struct {
  SpotCursor cursor;
  Histogram counts[MAX_TENSORS];
  char names[MAX_TENSORS][TARGET_NAME]; /* of what was counted */
  int n;
  Show show;
  gint64 counted; /* when */
  gboolean stale;
} Histograms;

static Show show_of(const Panel *self) { return (Show)panel_value(self, "show"); }

static gboolean wanted(const Panel *self, const Tensor *tensor, Show show) {
  if (tensor->type != TENSOR_FLOAT || tensor == self->look->probe->ends.loss)
    return FALSE;
  const gboolean parameter = parameters_find(self->model->parameters, tensor->name) >= 0;
  if (show == SHOW_WEIGHTS)
    return parameter;
  if (show == SHOW_GRADIENTS)
    return parameter && tensor->grad != NULL;
  if (show == SHOW_DELTAS)
    return !parameter && tensor->grad != NULL;
  return !parameter && tensor->value != NULL;
}

/* In order of computation; parameters come where their layer does. */
static int list(const Panel *self, Counted counted[MAX_TENSORS]) {
  const Show show = show_of(self);
  int n = 0;

  if (self->look == NULL || self->look->probe == NULL)
    return 0;
  const GPtrArray *tensors = self->look->probe->ends.graph->tensors;
  for (guint i = 0; i < tensors->len && n < MAX_TENSORS; i++)
    if (wanted(self, tensors->pdata[i], show))
      counted[n++] = (Counted){tensors->pdata[i], show == SHOW_GRADIENTS || show == SHOW_DELTAS};
  return n;
}

static Histogram count_one(const Counted *counted) {
  const Tensor *tensor = counted->tensor;

  return histogram_make(counted->gradient ? tensor->grad : tensor->value,
                        shape_size(&tensor->shape), BINS);
}

static gboolean fresh(const Panel *self, const Counted *counted, int n) {
  const Histograms *state = self->state;

  if (state->n != n || state->show != show_of(self) ||
      strcmp(state->names[0], counted->tensor->name))
    return FALSE;
  return !state->stale || (self->look->status.state == SESSION_TRAINING &&
                           g_get_monotonic_time() - state->counted < RECOUNT_MS * 1000);
}

/* Of everything in the list, counted anew when it is time. */
static const Histogram *count_all(Panel *self, const Counted *counted, int n) {
  Histograms *state = self->state;

  if (fresh(self, counted, n))
    return state->counts;
  for (int i = 0; i < n; i++) {
    state->counts[i] = count_one(&counted[i]);
    g_strlcpy(state->names[i], counted[i].tensor->name, TARGET_NAME);
  }
  state->n = n;
  state->show = show_of(self);
  state->counted = g_get_monotonic_time();
  state->stale = FALSE;
  return state->counts;
}

static void update(Panel *self) { ((Histograms *)self->state)->stale = TRUE; }

/* --- places --- */

static Rect cell(const Canvas *canvas, int n, int i) {
  const double em = canvas->theme->em, gap = 0.9 * em;
  const int fit = MAX((int)(canvas->width / (13 * em)), 1);
  const int rows_fit = MAX((int)(canvas->height / (7 * em)), 1);
  const int columns = CLAMP((n + rows_fit - 1) / rows_fit, 1, MAX(fit, (n + 11) / 12));
  const int rows = (n + columns - 1) / columns;
  const double width = (canvas->width - gap * (columns - 1)) / columns;
  const double height = (canvas->height - 0.4 * em * (rows - 1)) / rows;

  return (Rect){i % columns * (width + gap), i / columns * (height + 0.4 * em), width, height};
}

/* --- drawing --- */

static void title_of(const Counted *counted, const Histogram *histogram, char text[160]) {
  char mean[NUMBER_SIZE], deviation[NUMBER_SIZE], zeros[NUMBER_SIZE];
  const double share = (double)histogram->zeros / MAX(histogram->total, 1);
  int n = g_snprintf(text, 160, "%s%s: %s ± %s", counted->gradient ? "∂loss/∂" : "",
                     counted->tensor->name, number_text(histogram->mean, mean),
                     number_text(histogram->deviation, deviation));

  if (share > 0.01)
    n += g_snprintf(text + n, (gulong)(160 - n), ", %s zero", percent_text(share, zeros));
  if (histogram->not_finite > 0)
    g_snprintf(text + n, (gulong)(160 - n), ", %u not finite", histogram->not_finite);
}

static void draw(Panel *self, const Canvas *canvas) {
  static const guint SERIES[] = {0, 2, 1, 4};
  Counted counted[MAX_TENSORS];
  const int n = list(self, counted);
  char title[160];

  if (n == 0) {
    canvas_placeholder(canvas, &(Rect){0, 0, canvas->width, canvas->height},
                       "Here come the numbers of every layer, as soon as the model is looked at.");
    return;
  }
  const Histogram *counts = count_all(self, counted, n);
  for (int i = 0; i < n; i++) {
    const Rect area = cell(canvas, n, i);
    title_of(&counted[i], &counts[i], title);
    histogram_draw(canvas, &area, &counts[i], theme_series(canvas->theme, SERIES[show_of(self)]),
                   title);
  }
}

/* --- what is where --- */

/* The number nearest to the middle of a bin: an example of what was counted there. */
static gsize nearest_to(const Counted *counted, double value) {
  const real *values = counted->gradient ? counted->tensor->grad : counted->tensor->value;
  gsize best = 0;

  for (gsize i = 1; i < shape_size(&counted->tensor->shape); i++)
    if (fabs((double)values[i] - value) < fabs((double)values[best] - value))
      best = i;
  return best;
}

static void hit_bin(const Counted *counted, const Histogram *histogram, int bin, Hit *hit) {
  const double width = (histogram->high - histogram->low) / histogram->bins;
  const double low = histogram->low + bin * width;
  char from[NUMBER_SIZE], to[NUMBER_SIZE], many[NUMBER_SIZE];

  hit_text(hit, "%s of %s from %s to %s", count_text(histogram->count[bin], many),
           counted->tensor->name, number_text(low, from), number_text(low + width, to));
  if (histogram->count[bin] == 0)
    return;
  g_strlcpy(hit->target.tensor, counted->tensor->name, sizeof hit->target.tensor);
  hit->target.offset = nearest_to(counted, low + width / 2);
  hit->target.gradient = counted->gradient;
}

static gboolean hit(Panel *self, const Canvas *canvas, double x, double y, Hit *hit) {
  Counted counted[MAX_TENSORS];
  const int n = list(self, counted);

  for (int i = 0; i < n; i++) {
    const Rect area = cell(canvas, n, i);
    if (!rect_contains(&area, x, y))
      continue;
    const Histogram *histogram = &count_all(self, counted, n)[i];
    const int bin = histogram_hit(canvas, &area, histogram, x, y);
    if (bin < 0)
      return FALSE;
    hit_bin(&counted[i], histogram, bin, hit);
    hit->area = area;
    return TRUE;
  }
  return FALSE;
}

/* From histogram to histogram. */
static gboolean move(Panel *self, const Canvas *canvas, int dx, int dy, double *x, double *y) {
  Histograms *state = self->state;
  g_autoptr(GArray) spots = g_array_new(FALSE, FALSE, sizeof(Spot));
  Counted counted[MAX_TENSORS];
  const int n = list(self, counted);

  for (int i = 0; i < n; i++) {
    const Rect area = cell(canvas, n, i);
    spots_add(spots, &area, 1, (guint32)i);
  }
  return spots_move(spots, &state->cursor, dx, dy, x, y);
}

/* --- for spreadsheets and ears --- */

static void csv(Panel *self, GString *text) {
  Counted counted[MAX_TENSORS];
  const int n = list(self, counted);

  g_string_append(text, "tensor,gradient,low,high,count\n");
  for (int i = 0; i < n; i++) {
    const Histogram histogram = count_one(&counted[i]);
    const double width = (histogram.high - histogram.low) / histogram.bins;
    for (int k = 0; k < histogram.bins; k++) {
      csv_text(text, counted[i].tensor->name);
      g_string_append_printf(text, ",%d,", counted[i].gradient);
      csv_number(text, histogram.low + k * width);
      g_string_append_c(text, ',');
      csv_number(text, histogram.low + (k + 1) * width);
      g_string_append_printf(text, ",%u\n", histogram.count[k]);
    }
  }
}

static char *describe(Panel *self) {
  Counted counted[MAX_TENSORS];
  const int n = list(self, counted);
  g_autoptr(GString) text = g_string_new(NULL);
  char title[160];

  if (n == 0)
    return g_strdup("Nothing has been looked at yet.");
  for (int i = 0; i < n; i++) {
    const Histogram histogram = count_one(&counted[i]);
    title_of(&counted[i], &histogram, title);
    g_string_append_printf(text, "%s%s", i > 0 ? "; " : "", title);
  }
  return g_strdup(text->str);
}

static const char *const SHOWS[] = {"Weights", "Activations", "Gradients of weights",
                                    "Gradients of activations", NULL};

static const PanelControl CONTROLS[] = {
    {.id = "show",
     .label = "Show",
     .help =
         "Weights as they are; what the pinned example makes of them; the gradients of its loss.",
     .kind = CONTROL_CHOICE,
     .choices = SHOWS},
    {.id = NULL},
};

const PanelClass panel_histograms = {
    .name = "histograms",
    .title = "Histograms",
    .icon = "office-chart-bar-symbolic",
    .help = "How the numbers of each layer lie, as mean ± standard deviation; zeros of a ReLU are "
            "inactive units",
    .manual =
        "Point at a bar for its range and count; click to ask why a number in it is what it is.",
    .state_size = sizeof(Histograms),
    .width = 520,
    .height = 400,
    .controls = CONTROLS,
    .update = update,
    .draw = draw,
    .hit = hit,
    .move = move,
    .csv = csv,
    .describe = describe,
};
