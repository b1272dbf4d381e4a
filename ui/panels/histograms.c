/* How the numbers of each layer lie: weights, activations, gradients. */
#include "ui/panels/counted.h"
#include "ui/panels/panel_words.h"

#include <math.h>
#include <string.h>

#define MAX_TENSORS 24
#define BINS 40
/* Of a histogram, in em: what it would like to have, and what it must have to be shown at all. */
#define WANTED_WIDTH 15
#define WANTED_HEIGHT 6
#define LEAST_HEIGHT 4.4
#define NOTE_HEIGHT 1.4 /* of the line that says that there are more */
/* While it trains: counting hundreds of thousands of weights takes its time. */
#define RECOUNT_MS 400

typedef struct {
  gboolean entered; /* by the keyboard: its place */
  int at, bin;
  Histogram counts[MAX_TENSORS];
  int n;
  Show show;
  gint64 counted; /* when */
  gboolean stale;
} Histograms;

static Show show_of(const Panel *self) { return (Show)panel_value(self, "show"); }

static int list(const Panel *self, Counted counted[MAX_TENSORS]) {
  return counted_list(self, show_of(self), counted, MAX_TENSORS);
}

static gboolean fresh(const Panel *self, int n) {
  const Histograms *state = self->state;

  if (state->n != n || state->show != show_of(self))
    return FALSE;
  return !state->stale || (self->look->status.state == SESSION_TRAINING &&
                           g_get_monotonic_time() - state->counted < RECOUNT_MS * 1000);
}

/* Of everything in the list, counted anew when it is time. */
static const Histogram *count_all(Panel *self, const Counted *counted, int n) {
  Histograms *state = self->state;

  if (fresh(self, n))
    return state->counts;
  for (int i = 0; i < n; i++)
    state->counts[i] = counted_make(&counted[i], BINS);
  state->n = n;
  state->show = show_of(self);
  state->counted = g_get_monotonic_time();
  state->stale = FALSE;
  return state->counts;
}

static void update(Panel *self) { ((Histograms *)self->state)->stale = TRUE; }

/* --- places --- */

typedef struct {
  int n, columns, rows; /* n: shown */
  double width, height, gap_x, gap_y;
} Layout;

static double cell_width(const Canvas *canvas, int columns) {
  const double gap = 0.9 * canvas->theme->em;

  return (canvas->width - gap * (columns - 1)) / columns;
}

/* As near to what a histogram would like to have as may be; where there is no room for all, the
 * first ones. */
static Layout lay_out(const Canvas *canvas, int n) {
  const double em = canvas->theme->em;
  Layout self = {.n = n, .columns = 1, .gap_x = 0.9 * em, .gap_y = 0.5 * em};
  double best = -1;

  for (int columns = 1; columns <= n; columns++) {
    const int rows = (n + columns - 1) / columns;
    const double wide = cell_width(canvas, columns) / (WANTED_WIDTH * em);
    const double high = canvas->height / rows / (WANTED_HEIGHT * em);
    if (MIN(wide, high) <= best)
      continue;
    best = MIN(wide, high);
    self.columns = columns;
  }
  self.rows = (n + self.columns - 1) / self.columns;
  const double note = NOTE_HEIGHT * em, least = LEAST_HEIGHT * em + self.gap_y;
  if (canvas->height / self.rows < least)
    self.rows = MAX((int)((canvas->height - note) / least), 1);
  self.n = MIN(n, self.rows * self.columns);
  self.width = cell_width(canvas, self.columns);
  self.height = (canvas->height - (self.n < n ? note : 0)) / self.rows - self.gap_y;
  return self;
}

static Rect cell(const Layout *layout, int i) {
  return (Rect){i % layout->columns * (layout->width + layout->gap_x),
                i / layout->columns * (layout->height + layout->gap_y), layout->width,
                layout->height};
}

/* --- drawing --- */

/* In as many words as there is room for; what stands out stays longest. */
static void draw_one(const Canvas *canvas, const Rect *area, const Counted *counted,
                     const Histogram *histogram, gboolean logarithmic, Color color) {
  const Histogram bars = counted_bars(histogram, logarithmic);
  const TextStyle style = {.size = 0.9};
  char title[160], remark[96];

  counted_title(counted, histogram, title);
  counted_remark(histogram, remark);
  g_autofree char *all = g_strconcat(title, remark, NULL);
  g_autofree char *some = g_strconcat(counted_mark(counted), counted->tensor->name, remark, NULL);
  g_autofree char *name = g_strconcat(counted_mark(counted), counted->tensor->name, NULL);
  g_autofree char *least = g_strndup(some, strcspn(some, "("));
  const char *const candidates[] = {all, remark[0] != '\0' ? some : title, least, name, NULL};
  histogram_draw(canvas, area, &bars, color, text_fitting(canvas, &style, area->width, candidates));
}

static void draw_note(const Canvas *canvas, int shown, int n) {
  const double height = NOTE_HEIGHT * canvas->theme->em;
  const Rect foot = {0, canvas->height - height, canvas->width, height};
  const TextStyle style = {.size = 0.85,
                           .color = theme_dim(canvas->theme),
                           .align = ALIGN_CENTRE,
                           .align_vertical = ALIGN_CENTRE};
  g_autofree char *all = g_strdup_printf("%d of %d: enlarge the panel to see all", shown, n);
  g_autofree char *brief = g_strdup_printf("%d of %d", shown, n);

  canvas_text_in(canvas, &foot, &style,
                 text_fitting(canvas, &style, foot.width, (const char *const[]){all, brief, NULL}));
}

static void draw(Panel *self, const Canvas *canvas) {
  static const guint SERIES[] = {0, 2, 1, 4};
  Counted counted[MAX_TENSORS];
  const int n = list(self, counted);

  if (n == 0) {
    canvas_placeholder(canvas, &(Rect){0, 0, canvas->width, canvas->height},
                       "Here come the numbers of every layer, as soon as the model is looked at.");
    return;
  }
  const Histogram *counts = count_all(self, counted, n);
  const Layout layout = lay_out(canvas, n);
  for (int i = 0; i < layout.n; i++) {
    const Rect area = cell(&layout, i);
    draw_one(canvas, &area, &counted[i], &counts[i], panel_value(self, "log") != 0,
             theme_series(canvas->theme, SERIES[show_of(self)]));
  }
  if (layout.n < n)
    draw_note(canvas, layout.n, n);
}

/* --- what is where --- */

static double bin_low(const Histogram *histogram, int bin) {
  return histogram->low + bin * (histogram->high - histogram->low) / histogram->bins;
}

static int bin_of(const Histogram *histogram, double value) {
  const double unit = (value - histogram->low) / (histogram->high - histogram->low);

  return CLAMP((int)(unit * histogram->bins), 0, histogram->bins - 1);
}

static void hit_bin(const Counted *counted, const Histogram *histogram, int bin, Hit *hit) {
  const double low = bin_low(histogram, bin), high = bin_low(histogram, bin + 1);
  char from[NUMBER_SIZE], to[NUMBER_SIZE], many[NUMBER_SIZE];

  hit_text(hit, "%s%s: %s of %u from %s to %s", counted_mark(counted), counted->tensor->name,
           count_text(histogram->count[bin], many), histogram->total, number_text(low, from),
           number_text(high, to));
  if (histogram->count[bin] == 0)
    return;
  g_strlcpy(hit->target.tensor, counted->tensor->name, sizeof hit->target.tensor);
  hit->target.offset = counted_nearest(counted, (low + high) / 2);
  hit->target.gradient = counted->gradient;
}

/* Beside the bars, or where nothing is finite. */
static void hit_whole(const Counted *counted, const Histogram *histogram, Hit *hit) {
  char title[160], remark[96];

  counted_title(counted, histogram, title);
  counted_remark(histogram, remark);
  hit_text(hit, "%s%s", title, remark);
}

static gboolean hit(Panel *self, const Canvas *canvas, double x, double y, Hit *hit) {
  Counted counted[MAX_TENSORS];
  const int n = list(self, counted);
  const Layout layout = lay_out(canvas, n);

  for (int i = 0; i < layout.n; i++) {
    const Rect area = cell(&layout, i);
    if (!rect_contains(&area, x, y))
      continue;
    const Histogram *histogram = &count_all(self, counted, n)[i];
    const int bin = histogram_hit(canvas, &area, histogram, x, y);
    hit->area = bin < 0 ? area : histogram_column(canvas, &area, histogram, bin);
    if (bin < 0)
      hit_whole(&counted[i], histogram, hit);
    else
      hit_bin(&counted[i], histogram, bin, hit);
    return TRUE;
  }
  return FALSE;
}

/* The bin that a number was counted in; only among what is shown now. */
static gboolean locate(Panel *self, const Canvas *canvas, const Target *target, Rect *area) {
  Counted counted[MAX_TENSORS];
  const int n = list(self, counted);
  const Layout layout = lay_out(canvas, n);

  for (int i = 0; i < layout.n; i++) {
    const Tensor *tensor = counted[i].tensor;
    if (!g_str_equal(tensor->name, target->tensor) || counted[i].gradient != target->gradient ||
        target->offset >= shape_size(&tensor->shape))
      continue;
    const double value = (double)counted_values(&counted[i])[target->offset];
    const Histogram *histogram = &count_all(self, counted, n)[i];
    if (!isfinite(value))
      return FALSE;
    const Rect place = cell(&layout, i);
    *area = histogram_column(canvas, &place, histogram, bin_of(histogram, value));
    return TRUE;
  }
  return FALSE;
}

/* On to the next bin that holds anything; over the end of a histogram into the one beside it. */
static void step_bin(Histograms *state, int n, int dx) {
  int at = state->at, bin = state->bin + dx;

  while (at >= 0 && at < n) {
    const Histogram *histogram = &state->counts[at];
    for (; bin >= 0 && bin < histogram->bins; bin += dx)
      if (histogram->count[bin] > 0) {
        state->at = at;
        state->bin = bin;
        return;
      }
    at += dx;
    bin = dx > 0 ? 0 : BINS - 1;
  }
}

/* Left and right from bin to bin, up and down from histogram to histogram. */
static gboolean move(Panel *self, const Canvas *canvas, int dx, int dy, double *x, double *y) {
  Histograms *state = self->state;
  Counted counted[MAX_TENSORS];
  const int n = list(self, counted);
  const Layout layout = lay_out(canvas, n);

  if (layout.n == 0)
    return FALSE;
  const Histogram *counts = count_all(self, counted, n);
  state->at = CLAMP(state->at, 0, layout.n - 1);
  if (state->entered && dx != 0)
    step_bin(state, layout.n, dx);
  const int row = state->at + dy * layout.columns;
  if (state->entered && row >= 0 && row < layout.n)
    state->at = row;
  state->entered = TRUE;
  const Rect place = cell(&layout, state->at);
  const Rect column = histogram_column(canvas, &place, &counts[state->at], state->bin);
  *x = column.x + column.width / 2;
  *y = column.y + column.height / 2;
  return TRUE;
}

/* --- for spreadsheets and ears --- */

static void csv(Panel *self, GString *text) {
  Counted counted[MAX_TENSORS];
  const int n = list(self, counted);

  g_string_append(text, "tensor,gradient,low,high,count\n");
  for (int i = 0; i < n; i++) {
    const Histogram histogram = counted_make(&counted[i], BINS);
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
  char title[160], remark[96];

  if (n == 0)
    return g_strdup("Nothing has been looked at yet.");
  for (int i = 0; i < n; i++) {
    const Histogram histogram = counted_make(&counted[i], BINS);
    counted_title(&counted[i], &histogram, title);
    counted_remark(&histogram, remark);
    g_string_append_printf(text, "%s%s%s", i > 0 ? "; " : "", title, remark);
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
    {.id = "log",
     .label = "log counts",
     .help = "Bars as tall as the logarithm of their counts: rare values are seen as well.",
     .kind = CONTROL_TOGGLE,
     .maximum = 1},
    {.id = NULL},
};

const PanelClass panel_histograms = {
    .name = "histograms",
    .title = "Histograms",
    .icon = "office-chart-bar-symbolic",
    .help = "How the numbers of each layer lie, and their mean ± standard deviation; zeros of a "
            "ReLU are inactive units",
    .manual =
        "Point at a bar for its range and count; click to ask why a number in it is what it is. "
        "Left and Right go from bar to bar, Up and Down from tensor to tensor.",
    .state_size = sizeof(Histograms),
    .width = 520,
    .height = 400,
    .controls = CONTROLS,
    .update = update,
    .draw = draw,
    .hit = hit,
    .move = move,
    .locate = locate,
    .csv = csv,
    .describe = describe,
};
