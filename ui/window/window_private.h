/* What the files of the window share: private to ui/window. */
#pragma once

#include "core/lesson/learner.h"
#include "ui/page/page_view.h"
#include "ui/window/day_list.h"
#include "ui/window/panes.h"
#include "ui/window/transport.h"
#include "ui/window/window.h"

struct _BathyWindow {
  AdwApplicationWindow parent;
  BathyLab *lab;
  BathyState *state;
  GPtrArray *lessons; /* Lesson */
  GCancellable *opening;
  char *opened_run;  /* the file that is being opened; NULL: a fresh run or the kept one */
  guint32 kept_step; /* of the run as it was kept last */
  guint keep_timer;
  gboolean closing; /* the learner has been asked */
  Learner *learner;
  Page *page;

  AdwToastOverlay *toasts;
  AdwWindowTitle *title;
  GtkStack *titles, *stack;
  AdwStatusPage *trouble;
  GtkWidget *lesson_button, *laboratory_button, *sidebar;
  GtkPaned *split;
  BathyDayList *days;
  BathyPanes *panes;
  BathyPageView *page_view;
  BathyLaboratory *laboratory;
  GtkWidget *transport;
};

/* window_layout.c: makes everything that is seen. */
void window_build(BathyWindow *self);
/* window_page.c */
GtkWidget *window_page_new(BathyWindow *self);
void window_show_progress(BathyWindow *self);
/* window_actions.c */
void window_add_actions(BathyWindow *self);
void window_update_actions(BathyWindow *self);
/* window_files.c: what leaves the window and comes back. */
void window_add_file_actions(BathyWindow *self);
void window_export_panel(BathyWindow *self, BathyPanelFrame *frame);
void window_copy_panel(BathyWindow *self, BathyPanelFrame *frame, gboolean as_data);
/* Where the run of a lesson with a data set is kept between starts. Caller frees. */
char *window_kept_path(const char *lesson, const char *dataset);
/* Keeps the run if it has moved on. */
gboolean window_keep(BathyWindow *self, GError **error);
