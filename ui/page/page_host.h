/* What a lesson page asks of the window around it. Functions may be NULL. */
#pragma once

#include <glib.h>

typedef struct {
  gpointer data;
  /* What an expression is now, as text; NULL: not known yet. Caller frees. */
  char *(*value)(gpointer data, const char *expression);
  /* "train", "pause", "batch", "epoch", "reset". */
  void (*act)(gpointer data, const char *action);
  /* A hyperparameter; and whether it waits for a reset now. */
  gboolean (*set)(gpointer data, const char *name, const char *value);
  void (*preset)(gpointer data, const char *name);
  void (*look)(gpointer data, const char *panel);
  void (*control)(gpointer data, const char *panel, const char *control, double value);
  /* The step of that index is shown now. */
  void (*step)(gpointer data, guint index);
  void (*answer)(gpointer data, const char *quiz, int answer);
  int (*answered)(gpointer data, const char *quiz); /* -1: not yet */
  gboolean (*reached)(gpointer data, const char *goal);
  /* A function of the program's own source, as text; NULL: not there. Caller frees. */
  char *(*source)(gpointer data, const char *file, const char *function);
} PageHost;
