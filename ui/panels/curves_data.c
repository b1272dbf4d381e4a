#include "ui/panels/curves.h"
#include "ui/panels/panel_words.h"

#include <math.h>
#include <string.h>

#define MAX_EPOCH_MARKS 20
#define NEAR 0.02      /* of what is in sight: changes of one value closer than that are one mark */
#define TOLD_CHANGES 3 /* the newest */

static const History *history_of(const Panel *self) {
  return self->look != NULL ? self->look->history : NULL;
}

int curves_metric(const Panel *self) {
  const History *history = history_of(self);
  const Curves *state = self->state;

  for (int i = 0; history != NULL && history->metrics[i] != NULL; i++)
    if (g_str_equal(history->metrics[i], state->kind->metric))
      return i;
  return -1;
}

/* The last point may stand for a block that is not full yet. */
double curves_steps(const Panel *self) {
  const History *history = history_of(self);

  return history != NULL ? MIN((double)history->n * history->block, self->look->status.step) : 0;
}

gboolean curves_empty(const Panel *self) {
  return curves_metric(self) < 0 || curves_steps(self) == 0;
}

/* --- smoothing --- */

/* Exponential moving average, its beginning corrected as Adam corrects its moments: the first value
 * counts as it is. What is no number is passed over. */
static void smooth(const float *from, guint n, double share, float *to) {
  double mean = 0, weight = 0;

  for (guint i = 0; i < n; i++) {
    if (isfinite(from[i])) {
      mean = share * mean + (1 - share) * (double)from[i];
      weight = share * weight + (1 - share);
    }
    to[i] = weight > 0 ? (float)(mean / weight) : NAN;
  }
}

static const float *smoothed(Panel *self, const History *history, int metric, double share) {
  Curves *state = self->state;

  if (history->n > state->room) {
    state->room = MAX(history->n, 2 * state->room);
    g_free(state->smooth);
    state->smooth = g_new(float, state->room);
  }
  smooth(history->mean[metric], history->n, share, state->smooth);
  return state->smooth;
}

/* --- epochs --- */

static gboolean better(const Curves *state, float a, float b) {
  return state->kind->more_is_better ? a > b : a < b;
}

static void gather_epochs(Curves *state, const History *history, int metric) {
  if (history->n_epochs > state->epoch_room) {
    state->epoch_room = MAX(history->n_epochs, 2 * state->epoch_room);
    g_free(state->epoch_step);
    g_free(state->epoch_value);
    state->epoch_step = g_new(float, state->epoch_room);
    state->epoch_value = g_new(float, state->epoch_room);
  }
  state->best = -1;
  for (guint i = 0; i < history->n_epochs; i++) {
    const float value = (float)history->epochs[i].validation[metric];
    state->epoch_step[i] = (float)history->epochs[i].step;
    state->epoch_value[i] = value;
    if (isfinite(value) &&
        (state->best < 0 || better(state, value, state->epoch_value[state->best])))
      state->best = (int)i;
  }
}

/* --- lines and marks --- */

int curves_lines(Panel *self, const Theme *theme, Line lines[CURVES_MAX_LINES]) {
  const History *history = history_of(self);
  const int metric = curves_metric(self);
  const double share = panel_value(self, "smoothing");
  Curves *state = self->state;
  int n = 0;

  if (metric < 0)
    return 0;
  const Line raw = {.name = "training",
                    .x0 = (history->block + 1) / 2.0,
                    .dx = history->block,
                    .y = history->mean[metric],
                    .low = history->block > 1 ? history->low[metric] : NULL,
                    .high = history->block > 1 ? history->high[metric] : NULL,
                    .n = history->n,
                    .color = theme_series(theme, 0),
                    .markers = history->n == 1}; /* one point makes no line */
  if (history->n > 0)
    lines[n++] = raw;
  if (history->n > 0 && share > 0) {
    lines[0].faint = TRUE;
    lines[0].name = "batch";
    lines[n] = raw;
    lines[n].low = lines[n].high = NULL;
    lines[n].width = 2;
    lines[n++].y = smoothed(self, history, metric, share);
  }
  gather_epochs(state, history, metric);
  if (history->n_epochs > 0)
    lines[n++] = (Line){.name = "validation",
                        .x = state->epoch_step,
                        .y = state->epoch_value,
                        .n = history->n_epochs,
                        .color = theme_series(theme, 1),
                        .style = LINE_DASHED,
                        .width = 2,
                        .markers = TRUE};
  return n;
}

static int mark_best(const Curves *state, const History *history, const Theme *theme,
                     LineMark *mark, char label[64]) {
  char number[NUMBER_SIZE];

  if (state->best < 0 || history->n_epochs < 2)
    return 0;
  g_snprintf(label, 64, "best: epoch %u, %s", history->epochs[state->best].epoch,
             number_text((double)state->epoch_value[state->best], number));
  *mark = (LineMark){(double)state->epoch_step[state->best], label, theme_series(theme, 1)};
  return 1;
}

/* A slider that is dragged changes a value at many steps: what it came to is marked. */
static gboolean is_overtaken(const HistoryChange *change, const LineMark *marks, char labels[][64],
                             int n, double near) {
  const gsize length = strlen(change->name);

  for (int i = 0; i < n; i++)
    if (marks[i].x - change->step < near && strncmp(labels[i], change->name, length) == 0 &&
        labels[i][length] == ' ')
      return TRUE;
  return FALSE;
}

/* The newest changes first, as many as there is room for. */
static int mark_changes(const Panel *self, const Theme *theme, int room, LineMark *marks,
                        char labels[][64]) {
  const GPtrArray *changes = history_of(self)->changes;
  const Axis axis = curves_axis(self);
  const double near = (axis.high - axis.low) * NEAR;
  int n = 0;

  for (guint i = changes->len; i > 0 && n < room; i--) {
    const HistoryChange *change = changes->pdata[i - 1];
    if (is_overtaken(change, marks, labels, n, near))
      continue;
    g_snprintf(labels[n], 64, "%s = %s", change->name, change->value);
    marks[n] = (LineMark){(double)change->step, labels[n], theme_dim(theme)};
    n++;
  }
  return n;
}

/* Ends of epochs, while they are few, as pale lines without a word; not the best one's again. */
static int mark_epochs(const Curves *state, const History *history, const Theme *theme,
                       const LineMark *best, LineMark *marks) {
  int n = 0;

  if (history->n_epochs > MAX_EPOCH_MARKS)
    return 0;
  for (guint i = 0; i < history->n_epochs; i++) {
    const double step = (double)state->epoch_step[i];
    if (best == NULL || best->x != step)
      marks[n++] = (LineMark){step, NULL, color_with_alpha(theme_dim(theme), 0.4)};
  }
  return n;
}

int curves_marks(Panel *self, const Theme *theme, LineMark marks[CURVES_MAX_MARKS],
                 char labels[CURVES_MAX_MARKS][64]) {
  const History *history = history_of(self);
  const Curves *state = self->state;

  if (history == NULL || curves_metric(self) < 0)
    return 0;
  const int best = mark_best(state, history, theme, marks, labels[0]);
  int n = best;
  n += mark_changes(self, theme, CURVES_MAX_MARKS - MAX_EPOCH_MARKS - 1, marks + n, labels + n);
  return n + mark_epochs(state, history, theme, best > 0 ? marks : NULL, marks + n);
}

/* --- for ears and spreadsheets --- */

static void tell_changes(const History *history, double step, GString *text) {
  for (guint i = 0; i < history->changes->len; i++) {
    const HistoryChange *change = history->changes->pdata[i];
    if (fabs(change->step - step) < MAX(history->block, 1))
      g_string_append_printf(text, ", %s set to %s", change->name, change->value);
  }
}

void curves_tell(const Panel *self, const LinePlot *plot, double step, GString *text) {
  const History *history = history_of(self);
  char number[NUMBER_SIZE];

  for (int i = 0; i < plot->n_lines; i++) {
    const gsize at = line_nearest(&plot->lines[i], step);
    if (at == G_MAXSIZE)
      continue;
    g_string_append_printf(text, ", %s %s", plot->lines[i].name,
                           number_text((double)plot->lines[i].y[at], number));
    if (plot->lines[i].x != NULL) /* validation: may be far from here */
      g_string_append_printf(text, " (epoch %u)", history->epochs[at].epoch);
  }
  tell_changes(history, step, text);
}

static void csv_training(const History *history, int metric, double steps, GString *text) {
  for (guint i = 0; i < history->n; i++) {
    const float *const values[] = {history->mean[metric], history->low[metric],
                                   history->high[metric]};
    g_string_append_printf(text, "training,%.0f", MIN((i + 1.0) * history->block, steps));
    for (int k = 0; k < 3; k++) {
      g_string_append_c(text, ',');
      csv_number(text, (double)values[k][i]);
    }
    g_string_append_c(text, '\n');
  }
}

/* A row of training is the mean of the steps since the row before, with their range. */
void curves_csv(Panel *self, GString *text) {
  const History *history = history_of(self);
  const int metric = curves_metric(self);

  g_string_append_printf(text, "series,step,%s,minimum,maximum\n",
                         ((const Curves *)self->state)->kind->metric);
  if (metric < 0)
    return;
  csv_training(history, metric, curves_steps(self), text);
  for (guint i = 0; i < history->n_epochs; i++) {
    g_string_append_printf(text, "validation,%u,", history->epochs[i].step);
    csv_number(text, history->epochs[i].validation[metric]);
    g_string_append(text, ",,\n");
  }
}

static void describe_epochs(Panel *self, const History *history, int metric, GString *text) {
  Curves *state = self->state;
  const EpochRecord *newest = &history->epochs[history->n_epochs - 1];
  char number[NUMBER_SIZE];

  gather_epochs(state, history, metric);
  g_string_append_printf(text, " Validation after epoch %u: %s", newest->epoch,
                         number_text(newest->validation[metric], number));
  if (state->best >= 0 && history->epochs[state->best].epoch != newest->epoch)
    g_string_append_printf(text, "; best after epoch %u: %s", history->epochs[state->best].epoch,
                           number_text((double)state->epoch_value[state->best], number));
  g_string_append_c(text, '.');
}

char *curves_describe(Panel *self) {
  const History *history = history_of(self);
  const int metric = curves_metric(self);
  const char *name = ((const Curves *)self->state)->kind->metric;
  char first[NUMBER_SIZE], last[NUMBER_SIZE], steps[NUMBER_SIZE];

  if (curves_empty(self))
    return g_strdup_printf("No %s yet: nothing has been trained.", name);
  const guint changes = history->changes->len;
  GString *text = g_string_new(NULL);
  g_string_printf(text, "Training %s over %s steps: %s at first, %s now.", name,
                  count_text(curves_steps(self), steps),
                  number_text((double)history->mean[metric][0], first),
                  number_text((double)history->mean[metric][history->n - 1], last));
  if (history->n_epochs > 0)
    describe_epochs(self, history, metric, text);
  for (guint i = changes - MIN(changes, TOLD_CHANGES); i < changes; i++) {
    const HistoryChange *change = history->changes->pdata[i];
    g_string_append_printf(text, " After step %u %s was set to %s.", change->step, change->name,
                           change->value);
  }
  return g_string_free(text, FALSE);
}
