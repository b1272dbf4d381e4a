/* What the window costs: the first frame, opening a day, frames while all panels follow a training,
 * the process beside its training, and how much the training is slowed.
 *
 * Prints one line a measurement, with its limit; the exit status is 1 when one is exceeded. CPU
 * times are of the main thread, so that training on the other threads does not blur them. Under a
 * display without a person: xvfb-run … bench_window [SECONDS].
 */
#include "tests/ui/window_fixture.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define OPENINGS 10

static int exceeded;

static double thread_ms(void) {
  struct timespec now;

  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static void report(const char *what, double value, const char *unit, double limit) {
  g_print("%-52s %9.3f %-8s (at most %g)%s\n", what, value, unit, limit,
          value <= limit ? "" : "  EXCEEDED");
  exceeded += value > limit;
}

/* --- opening --- */

static int compare(gconstpointer a, gconstpointer b) {
  const double x = *(const double *)a, y = *(const double *)b;

  return x < y ? -1 : x > y;
}

static double median(double *values, int n) {
  qsort(values, (gsize)n, sizeof *values, compare);
  return n % 2 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

static gboolean is_ready(BathyWindow *window) {
  return bathy_window_is_ready(window) && bathy_lab_get_look(bathy_window_get_lab(window)) != NULL;
}

/* The window is there and draws; the lesson opens behind it. */
static void measure_opening(void) {
  double first[OPENINGS], open[OPENINGS];

  for (int i = 0; i < OPENINGS; i++) {
    const gint64 start = g_get_monotonic_time();
    BathyWindow *window = window_fixture_new(1920, 1080);
    gtk_test_widget_wait_for_draw(GTK_WIDGET(window));
    first[i] = (double)(g_get_monotonic_time() - start) / 1e3;
    const double before = thread_ms();
    window_fixture_wait(window, is_ready);
    window_fixture_settle(window);
    open[i] = thread_ms() - before;
    window_fixture_close(window);
  }
  report("first frame, wall time, median of ten", median(first, OPENINGS), "ms", 500);
  report("opening Day 5, main thread, median of ten", median(open, OPENINGS), "ms", 150);
}

/* --- frames --- */

typedef struct {
  GArray *cost; /* ms of each frame that drew something */
  double began;
  gboolean painted;
} Frames;

static void before_cb(GdkFrameClock *clock, gpointer data) {
  Frames *frames = data;

  (void)clock;
  frames->began = thread_ms();
  frames->painted = FALSE;
}

static void paint_cb(GdkFrameClock *clock, gpointer data) {
  (void)clock;
  ((Frames *)data)->painted = TRUE;
}

static void after_cb(GdkFrameClock *clock, gpointer data) {
  Frames *frames = data;
  const double cost = thread_ms() - frames->began;

  (void)clock;
  if (frames->painted)
    g_array_append_val(frames->cost, cost);
}

static gboolean over(gpointer data) {
  *(gboolean *)data = TRUE;
  return G_SOURCE_REMOVE;
}

static void run_for(double seconds) {
  gboolean done = FALSE;

  g_timeout_add((guint)(seconds * 1000), over, &done);
  while (!done)
    g_main_context_iteration(NULL, TRUE);
}

static void many_epochs(BathyWindow *window) {
  GError *error = NULL;

  bathy_lab_set(bathy_window_get_lab(window), "epochs", "100", &error);
  g_assert_no_error(error);
}

static double samples_now(BathyWindow *window) {
  SessionStatus status;

  session_status(bathy_lab_get_session(bathy_window_get_lab(window)), &status);
  return (double)status.samples;
}

typedef struct {
  double beside, rate; /* cores beside the training; samples a second */
} Load;

/* CPU of the training threads is what the process used less what the main thread and the looks at
 * the run did; looks happen on the worker, so they are measured by a run that nobody watches. */
static Load measure_load(BathyWindow *window, double seconds, Frames *frames) {
  GdkFrameClock *clock = gtk_widget_get_frame_clock(GTK_WIDGET(window));
  Load load;

  bathy_lab_train(bathy_window_get_lab(window));
  run_for(1);
  g_signal_connect(clock, "before-paint", G_CALLBACK(before_cb), frames);
  g_signal_connect(clock, "paint", G_CALLBACK(paint_cb), frames);
  g_signal_connect(clock, "after-paint", G_CALLBACK(after_cb), frames);
  const double main_before = thread_ms(), samples = samples_now(window);
  const gint64 start = g_get_monotonic_time();
  run_for(seconds);
  const double passed = (double)(g_get_monotonic_time() - start) / 1e6;
  load.beside = (thread_ms() - main_before) / 1e3 / passed;
  load.rate = (samples_now(window) - samples) / passed;
  g_signal_handlers_disconnect_by_data(clock, frames);
  bathy_lab_pause(bathy_window_get_lab(window));
  window_fixture_wait(window, window_is_resting);
  return load;
}

/* The same training with nobody looking: no watch, no frames. */
static double measure_alone(BathyWindow *window, double seconds) {
  Session *session = bathy_lab_get_session(bathy_window_get_lab(window));

  session_watch(session, FALSE, DATASET_VALIDATION, 0);
  gtk_widget_set_visible(GTK_WIDGET(window), FALSE);
  session_train(session);
  g_usleep(G_USEC_PER_SEC);
  const double samples = samples_now(window);
  const gint64 start = g_get_monotonic_time();
  g_usleep((gulong)(seconds * G_USEC_PER_SEC));
  const double rate =
      (samples_now(window) - samples) / ((double)(g_get_monotonic_time() - start) / 1e6);
  session_pause(session);
  session_wait(session, -1, NULL);
  session_watch(session, TRUE, DATASET_VALIDATION, 0);
  gtk_widget_set_visible(GTK_WIDGET(window), TRUE);
  window_fixture_settle(window);
  return rate;
}

static double percentile(GArray *values, double share) {
  qsort(values->data, values->len, sizeof(double), compare);
  return values->len > 0 ? g_array_index(values, double, (guint)(values->len * share)) : 0;
}

/* In turns, so that a machine that gets slower does so for both. */
static void measure_training(double seconds) {
  BathyWindow *window = window_fixture_open(3200, 2400); /* all panels in sight */
  const int turns = 4;
  Frames frames = {g_array_new(FALSE, FALSE, sizeof(double)), 0, FALSE};
  Load sum = {0};
  double alone = 0;

  many_epochs(window);
  for (int i = 0; i < turns; i++) {
    alone += measure_alone(window, seconds / turns) / turns;
    const Load load = measure_load(window, seconds / turns, &frames);
    sum.beside += load.beside / turns;
    sum.rate += load.rate / turns;
  }
  report("frames a second while training", frames.cost->len / seconds, "/s", 20);
  report("a frame, main thread, 99th percentile", percentile(frames.cost, 0.99), "ms", 8);
  report("a frame, main thread, median", percentile(frames.cost, 0.5), "ms", 8);
  report("main thread while training", sum.beside, "cores", 0.15);
  g_print("training alone %.0f samples/s, in the window %.0f samples/s\n", alone, sum.rate);
  report("training slowed by", 100 * (1 - sum.rate / alone), "%", 10);
  g_array_unref(frames.cost);
  window_fixture_close(window);
}

int main(int argc, char **argv) {
  const double seconds = argc > 1 ? g_ascii_strtod(argv[1], NULL) : 60;

  if (!window_fixture_init(&argc, &argv))
    return 77;
  measure_opening();
  measure_training(seconds);
  window_fixture_end();
  return exceeded > 0;
}
