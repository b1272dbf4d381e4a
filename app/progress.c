#include "app/progress.h"

#include "core/base/text.h"
#include <math.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define REDRAW_INTERVAL (G_USEC_PER_SEC / 10)
#define LOG_INTERVAL (5 * G_USEC_PER_SEC)

struct Progress {
  FILE *stream;
  gboolean terminal, color, utf8;
  gboolean drawn; /* the moving line stands on the terminal */
  gint64 last;    /* when it was written, monotonic time in µs */
};

Progress *progress_new(FILE *stream) {
  Progress *self = g_new0(Progress, 1);
  const char *term = g_getenv("TERM"), *no_color = g_getenv("NO_COLOR");
  self->stream = stream;
  self->terminal = isatty(fileno(stream)) && term && !g_str_equal(term, "dumb");
  self->color = self->terminal && !(no_color && *no_color);
  self->utf8 = g_get_charset(NULL);
  self->last = self->terminal ? 0 : g_get_monotonic_time();
  return self;
}

static int terminal_columns(const Progress *self) {
  struct winsize size;
  if (ioctl(fileno(self->stream), TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
    return size.ws_col;
  gint64 columns;
  const char *text = g_getenv("COLUMNS");
  return text && text_to_integer(text, &columns) ? (int)CLAMP(columns, 1, 10000) : 80;
}

/* Between the parts of a text. */
static const char *separator(const Progress *self) { return self->utf8 ? " · " : ", "; }

/* In what the terminal can show. */
static char *translate(const Progress *self, const char *text) {
  if (self->utf8)
    return g_utf8_make_valid(text, -1);
  g_auto(GStrv) parts = g_strsplit(text, " · ", 0);
  g_autofree char *joined = g_strjoinv(separator(self), parts);
  return g_str_to_ascii(joined, "C");
}

/* Of a text that did not fit, the part that is not whole. */
static void drop_part(const Progress *self, GString *line) {
  const char *last = g_strrstr(line->str, separator(self));

  if (last != NULL)
    g_string_truncate(line, (gsize)(last - line->str));
}

/* `text` in at most `columns` columns, on one line. */
static char *fit(const Progress *self, const char *text, int columns) {
  g_autofree char *shown = translate(self, text);
  GString *line = g_string_new(NULL);
  int used = 0;
  for (const char *at = shown; *at; at = g_utf8_next_char(at)) {
    gunichar letter = g_utf8_get_char(at);
    int width = g_unichar_iszerowidth(letter) ? 0 : g_unichar_iswide(letter) ? 2 : 1;
    if (used + width > columns) {
      drop_part(self, line);
      break;
    }
    g_string_append_unichar(line, g_unichar_iscntrl(letter) ? ' ' : letter);
    used += width;
  }
  return g_string_free(line, FALSE);
}

static void append_bar(const Progress *self, GString *line, double fraction, int cells) {
  int full = (int)(CLAMP(fraction, 0, 1) * cells + 0.5);
  if (self->color)
    g_string_append(line, "\033[36m");
  for (int i = 0; i < cells; i++) {
    if (i == full && self->color)
      g_string_append(line, "\033[2m");
    g_string_append(line, self->utf8 ? (i < full ? "█" : "░") : (i < full ? "#" : "."));
  }
  g_string_append(line, self->color ? "\033[0m " : " ");
}

static void draw(Progress *self, double fraction, const char *text) {
  /* the last column stays free: some terminals wrap when it is written to */
  int columns = terminal_columns(self) - 1;
  g_autoptr(GString) line = g_string_new("\r");
  if (fraction >= 0) {
    int cells = columns >= 100 ? 20 : columns >= 60 ? 16 : columns >= 40 ? 10 : 0;
    if (cells > 0) {
      append_bar(self, line, fraction, cells);
      columns -= cells + 1;
    }
    if (columns >= 6) {
      g_string_append_printf(line, "%3d%%  ", (int)(CLAMP(fraction, 0, 1) * 100));
      columns -= 6;
    }
  }
  g_autofree char *fitted = fit(self, text, columns);
  g_string_append(line, fitted);
  g_string_append(line, "\033[K");
  fputs(line->str, self->stream);
  fflush(self->stream);
  self->drawn = TRUE;
}

static void write_line(const Progress *self, const char *text) {
  g_autofree char *fitted = fit(self, text, G_MAXINT);
  fprintf(self->stream, "%s\n", fitted);
  fflush(self->stream);
}

static void erase(Progress *self) {
  if (self->drawn) {
    fputs("\r\033[K", self->stream);
    fflush(self->stream);
    self->drawn = FALSE;
  }
}

void progress_update(Progress *self, double fraction, const char *text) {
  gint64 now = g_get_monotonic_time();
  if (now - self->last < (self->terminal ? REDRAW_INTERVAL : LOG_INTERVAL))
    return;
  self->last = now;
  if (!isfinite(fraction))
    fraction = -1;
  if (self->terminal) {
    draw(self, fraction, text);
  } else if (fraction < 0) {
    write_line(self, text);
  } else {
    g_autofree char *line = g_strdup_printf("%3d%%  %s", (int)(MIN(fraction, 1) * 100), text);
    write_line(self, line);
  }
}

void progress_print(Progress *self, const char *text) {
  erase(self);
  write_line(self, text);
  if (self->terminal)
    self->last = 0; /* the moving line comes back at once */
}

void progress_finish(Progress *self, const char *text) {
  erase(self);
  if (text)
    write_line(self, text);
  g_free(self);
}

void progress_free(Progress *self) {
  if (self)
    progress_finish(self, NULL);
}
