/* A lesson's page on a window of its own, with a host that writes down what it is asked for. */
#pragma once

#include "tests/ui/explain_fixture.h"
#include "ui/page/page_view.h"

typedef struct {
  GtkWidget *window;
  BathyPageView *view;
  GString *log;        /* what the page has asked for, a line each */
  GHashTable *answers; /* of quizzes, by name */
  GHashTable *goals;   /* that are reached */
  double shift;        /* added to live numbers */
} Stage;

/* Day 5 after a few steps of training, and its page. FALSE where there is no display: then the
 * tests are skipped, and say so. */
gboolean page_fixture_init(int *argc, char ***argv);
void page_fixture_end(void);
extern ExplainFixture *page_fixture;
extern Page *page_fixture_page;

/* Shows the fixture's page at a step. */
void stage_init(Stage *self, int width, int height, guint step);
void stage_clear(Stage *self);
/* Lets everything happen that is waiting to. */
void stage_settle(const Stage *self);
void stage_go(Stage *self, guint step);
/* Shows another page, made of that text. Caller frees it after stage_clear. */
Page *stage_show(Stage *self, const char *text);
/* The next widget that is shown, of that type and CSS class (NULL: any), after `after`. */
GtkWidget *stage_next(Stage *self, GType type, const char *css_class, GtkWidget *after);
int stage_count(Stage *self, GType type, const char *css_class);
/* The answer to a quiz; -1: none yet. */
int stage_answer(Stage *self, const char *quiz);
void stage_set_dark(gboolean dark);
/* Drawn into a picture; BATHYSCOPE_SHOTS names a folder to keep it in. */
void stage_shot(Stage *self, const char *name);
