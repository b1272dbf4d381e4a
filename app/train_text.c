#include "app/train_text.h"

#include "app/numbers.h"

#include <math.h>
#include <string.h>

char *train_metrics(const TaskClass *task, const double *values, const char *prefix) {
  GString *text = g_string_new(NULL);
  char number[G_ASCII_DTOSTR_BUF_SIZE];

  for (int i = 0; task->metrics[i] != NULL; i++)
    g_string_append_printf(
        text, " · %s%s %s", prefix, task->metrics[i],
        isfinite(values[i]) ? g_ascii_formatd(number, sizeof number, "%.4f", values[i]) : "–");
  return g_string_free(text, FALSE);
}

static double seconds_left(const SessionStatus *s) {
  const double samples = (double)(s->end_step - MIN(s->step, s->end_step)) * s->batch_size;

  return s->samples_per_second > 0 ? samples / s->samples_per_second : -1;
}

/* The epoch under way, or the one that is being evaluated, and how many there will be. */
static char *epoch_text(const SessionStatus *s) {
  const guint32 steps = MAX(s->steps_per_epoch, 1);
  const guint32 epochs = MAX((s->end_step + steps - 1) / steps, 1);
  const guint32 epoch = s->phase == RUN_TRAINING ? s->epoch : (s->step + steps - 1) / steps;

  return g_strdup_printf("epoch %u/%u", CLAMP(epoch, 1, epochs), epochs);
}

char *train_line(const TaskClass *task, const SessionStatus *s) {
  g_autofree char *epoch = epoch_text(s), *metrics = train_metrics(task, s->running, "");
  g_autofree char *rate = number_count((guint64)s->samples_per_second);
  g_autofree char *time = number_duration(seconds_left(s));

  if (s->phase == RUN_VALIDATING || s->phase == RUN_TESTING)
    return g_strdup_printf("%s · %s", epoch, s->phase == RUN_TESTING ? "testing" : "validating");
  if (s->samples_per_second <= 0)
    return g_strconcat(epoch, metrics, NULL);
  return g_strdup_printf("%s · %s left · %s images/s%s", epoch, time, rate, metrics);
}

char *train_free_folder(const char *lesson) {
  char *name = g_strdup_printf("%s-interrupted", lesson);

  for (int n = 2; g_file_test(name, G_FILE_TEST_EXISTS); n++) {
    g_free(name);
    name = g_strdup_printf("%s-interrupted-%d", lesson, n);
  }
  return name;
}

static gboolean is_plain(const char *word) {
  return *word != '\0' &&
         word[strspn(word, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "-_./+,:@%=")] == '\0';
}

static void append_word(GString *line, const char *word) {
  g_autofree char *quoted = is_plain(word) ? g_strdup(word) : g_shell_quote(word);

  g_string_append_printf(line, " %s", quoted);
}

char *train_command(const char *lesson, const char *const *options) {
  GString *line = g_string_new("bathyscope train");

  append_word(line, lesson);
  for (; options[0] != NULL; options += 2) {
    if (options[1] == NULL)
      continue;
    append_word(line, options[0]);
    append_word(line, options[1]);
  }
  return g_string_free(line, FALSE);
}
