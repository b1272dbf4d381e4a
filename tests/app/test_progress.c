#include "app/progress.h"

#include <fcntl.h>
#include <locale.h>
#include <pty.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* A terminal of so many columns, and what was written to it. */
typedef struct {
  int master;
  FILE *stream;
} Terminal;

static Terminal open_terminal(int columns) {
  Terminal self;
  int slave;
  struct winsize size = {.ws_row = 24, .ws_col = (unsigned short)columns};
  g_assert_no_errno(openpty(&self.master, &slave, NULL, NULL, &size));
  self.stream = fdopen(slave, "w");
  g_assert_nonnull(self.stream);
  g_assert_no_errno(fcntl(self.master, F_SETFL, O_NONBLOCK));
  return self;
}

/* Skips the running test on a machine without pseudo-terminals. */
static gboolean has_terminals(void) {
  int master, slave;
  if (openpty(&master, &slave, NULL, NULL, NULL) != 0) {
    g_test_skip("this machine has no pseudo-terminals");
    return FALSE;
  }
  close(master);
  close(slave);
  return TRUE;
}

/* What came since the last call. */
static char *read_terminal(const Terminal *self) {
  GString *text = g_string_new(NULL);
  char buffer[4096];
  gssize size;
  while ((size = read(self->master, buffer, sizeof buffer)) > 0)
    g_string_append_len(text, buffer, size);
  return g_string_free(text, FALSE);
}

static void close_terminal(Terminal *self) {
  fclose(self->stream);
  close(self->master);
}

/* Columns that `text` takes, without escape sequences and the return at its start. */
static int columns_of(const char *text) {
  int columns = 0;
  for (const char *at = text; *at; at = g_utf8_next_char(at)) {
    if (*at == '\033') {
      at += strcspn(at, "mK");
    } else if (*at != '\r') {
      gunichar letter = g_utf8_get_char(at);
      columns += g_unichar_iswide(letter) ? 2 : 1;
    }
  }
  return columns;
}

static void test_terminal(void) {
  if (!has_terminals())
    return;
  g_setenv("NO_COLOR", "1", TRUE);
  Terminal terminal = open_terminal(80);
  Progress *progress = progress_new(terminal.stream);
  progress_update(progress, 0.425, "epoch 2/5 · loss 0.0412");
  g_autofree char *line = read_terminal(&terminal);
  g_assert_true(g_str_has_prefix(line, "\r"));
  g_assert_nonnull(strstr(line, " 42%  epoch 2/5 "));
  g_assert_nonnull(strstr(line, "loss 0.0412\033[K"));
  g_assert_null(strchr(line, '\n'));
  g_assert_null(strstr(line, "\033[3"));
  g_assert_cmpint(columns_of(line), <, 80);

  progress_finish(progress, "done");
  g_autofree char *end = read_terminal(&terminal);
  g_assert_cmpstr(end, ==, "\r\033[Kdone\r\n");
  close_terminal(&terminal);
  g_unsetenv("NO_COLOR");
}

static void test_color(void) {
  if (!has_terminals())
    return;
  Terminal terminal = open_terminal(80);
  g_autoptr(Progress) progress = progress_new(terminal.stream);
  progress_update(progress, 0.5, "half");
  g_autofree char *line = read_terminal(&terminal);
  g_assert_nonnull(strstr(line, "\033[36m"));
  g_assert_nonnull(strstr(line, "\033[0m"));
  g_clear_pointer(&progress, progress_free);
  close_terminal(&terminal);
}

static void test_rate(void) {
  if (!has_terminals())
    return;
  Terminal terminal = open_terminal(80);
  Progress *progress = progress_new(terminal.stream);
  gint64 start = g_get_monotonic_time();
  for (int i = 0; i < 20000; i++)
    progress_update(progress, i / 20000.0, "as fast as one can");
  double seconds = (double)(g_get_monotonic_time() - start) / G_USEC_PER_SEC;
  g_autofree char *text = read_terminal(&terminal);
  int drawn = 0;
  for (const char *at = text; (at = strchr(at, '\r')); at++)
    drawn++;
  g_assert_cmpint(drawn, >=, 1);
  g_assert_cmpint(drawn, <=, 1 + (int)(seconds * 10));
  progress_finish(progress, NULL);
  close_terminal(&terminal);
}

/* Cut to any width, wide letters and all; what is on one line stays on one line. */
static void test_width(void) {
  if (!has_terminals())
    return;
  for (int columns = 1; columns <= 120; columns++) {
    Terminal terminal = open_terminal(columns);
    Progress *progress = progress_new(terminal.stream);
    progress_update(progress, 1.0,
                    "学习 · a\ntext that is longer than most lines are, so that it "
                    "has to be cut somewhere, wherever that is; 学习学习学习");
    g_autofree char *line = read_terminal(&terminal);
    g_assert_true(g_utf8_validate(line, -1, NULL));
    g_assert_null(strchr(line, '\n'));
    g_assert_cmpint(columns_of(line), <, columns);
    progress_finish(progress, NULL);
    close_terminal(&terminal);
  }
}

/* On 80 columns, what a training says first; parts are shown whole or not at all. */
static void test_parts(void) {
  static const char TEXT[] =
      "epoch 10/10 · 12:10 left · 44,800 images/s · loss 0.0412 · accuracy 0.9877";
  if (!has_terminals())
    return;
  for (int columns = 60; columns <= 140; columns++) {
    Terminal terminal = open_terminal(columns);
    Progress *progress = progress_new(terminal.stream);
    progress_update(progress, 0.5, TEXT);
    g_autofree char *line = read_terminal(&terminal);
    char *shown = strstr(line, "epoch");
    *strstr(shown, "\033[K") = '\0';
    g_assert_true(g_str_has_prefix(TEXT, shown));
    g_assert_true(TEXT[strlen(shown)] == '\0' || g_str_has_prefix(TEXT + strlen(shown), " · "));
    g_assert_true(columns < 80 || strstr(shown, "images/s"));
    progress_finish(progress, NULL);
    close_terminal(&terminal);
  }
}

static void test_print(void) {
  if (!has_terminals())
    return;
  Terminal terminal = open_terminal(80);
  Progress *progress = progress_new(terminal.stream);
  progress_update(progress, -1, "going");
  progress_print(progress, "epoch 1: val_accuracy 0.98");
  progress_update(progress, -1, "on");
  progress_finish(progress, NULL);
  g_autofree char *text = read_terminal(&terminal);
  g_assert_cmpstr(text, ==,
                  "\rgoing\033[K"
                  "\r\033[Kepoch 1: val_accuracy 0.98\r\n"
                  "\ron\033[K"
                  "\r\033[K");
  close_terminal(&terminal);
}

/* No terminal: whole lines, few of them, nothing that moves the cursor. */
static void test_file(void) {
  g_autofree char *path = NULL;
  int fd = g_file_open_tmp("progress-XXXXXX", &path, NULL);
  g_assert_cmpint(fd, >=, 0);
  FILE *stream = fdopen(fd, "w");
  Progress *progress = progress_new(stream);
  for (int i = 0; i < 1000; i++)
    progress_update(progress, i / 1000.0, "too early for a line");
  progress_print(progress, "epoch 1");
  progress_finish(progress, "done");
  fclose(stream);
  g_autofree char *text = NULL;
  g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
  g_assert_cmpstr(text, ==, "epoch 1\ndone\n");
  g_assert_no_errno(unlink(path));
}

int main(int argc, char **argv) {
  setlocale(LC_ALL, "C.UTF-8");
  g_test_init(&argc, &argv, NULL);
  g_setenv("TERM", "xterm", TRUE);
  g_unsetenv("NO_COLOR");
  g_test_add_func("/progress/terminal", test_terminal);
  g_test_add_func("/progress/color", test_color);
  g_test_add_func("/progress/rate", test_rate);
  g_test_add_func("/progress/width", test_width);
  g_test_add_func("/progress/parts", test_parts);
  g_test_add_func("/progress/print", test_print);
  g_test_add_func("/progress/file", test_file);
  return g_test_run();
}
