/* The lesson beside the laboratory: what its page asks for, and what of it is remembered. */
#include "ui/window/window_private.h"

#include "core/lesson/source_text.h"

#include <math.h>

#define SOURCES "/org/bathyscope/Bathyscope/source/"

static const char *lesson_id(BathyWindow *self) { return bathy_lab_get_lesson(self->lab)->id; }

static PageValues values_now(BathyWindow *self) {
  return (PageValues){bathy_lab_get_lesson(self->lab), bathy_lab_get_model(self->lab),
                      bathy_lab_get_dataset(self->lab), bathy_lab_get_look(self->lab)};
}

static void save_learner(BathyWindow *self) {
  g_autoptr(GError) error = NULL;

  if (!learner_save(self->learner, &error))
    bathy_window_tell(self, error->message, NULL);
}

/* --- what the page asks --- */

static gboolean is_whole(double value) { return value == floor(value) && fabs(value) < 1e9; }

static char *value_cb(gpointer data, const char *expression) {
  const PageValues values = values_now(data);
  ExpressionValue value;
  char text[NUMBER_SIZE];

  if (!page_value(&values, expression, &value, NULL))
    return NULL;
  if (value.text != NULL)
    return value.text;
  return g_strdup(is_whole(value.value) ? count_text(value.value, text)
                                        : number_text(value.value, text));
}

static void act_cb(gpointer data, const char *action) {
  BathyWindow *self = data;

  if (g_str_equal(action, "train"))
    bathy_lab_train(self->lab);
  else if (g_str_equal(action, "pause"))
    bathy_lab_pause(self->lab);
  else if (g_str_equal(action, "batch"))
    bathy_lab_step(self->lab);
  else if (g_str_equal(action, "epoch"))
    bathy_lab_epoch(self->lab);
  else
    g_action_group_activate_action(data, "reset", NULL);
}

static gboolean set_cb(gpointer data, const char *name, const char *value) {
  BathyWindow *self = data;
  g_autoptr(GError) error = NULL;

  if (!bathy_lab_set(self->lab, name, value, &error))
    bathy_window_tell(self, error->message, NULL);
  return bathy_lab_waits(self->lab, name);
}

static void preset_cb(gpointer data, const char *name) {
  BathyWindow *self = data;
  g_autoptr(GError) error = NULL;

  if (!bathy_lab_preset(self->lab, name, &error))
    bathy_window_tell(self, error->message, NULL);
}

static void look_at_cb(gpointer data, const char *panel) {
  BathyWindow *self = data;

  if (!bathy_panes_is_wide(self->panes))
    g_action_group_change_action_state(data, "page", g_variant_new_string("laboratory"));
  bathy_laboratory_bring(self->laboratory, panel);
}

static void control_cb(gpointer data, const char *panel, const char *control, double value) {
  BathyWindow *self = data;
  BathyPanelFrame *frame =
      bathy_panel_grid_find(bathy_laboratory_get_grid(self->laboratory), panel);

  if (frame != NULL && !bathy_panel_frame_set_control(frame, control, value))
    g_warning("the panel %s has no control ‘%s’", panel, control);
}

static void step_cb(gpointer data, guint index) {
  BathyWindow *self = data;
  const PageStep *step = self->page->steps->pdata[index];

  learner_set_step(self->learner, lesson_id(self), step->id);
  save_learner(self);
  window_show_progress(self);
}

static void answer_cb(gpointer data, const char *quiz, int answer) {
  BathyWindow *self = data;

  learner_set_answer(self->learner, lesson_id(self), quiz, answer);
  save_learner(self);
}

static int answered_cb(gpointer data, const char *quiz) {
  BathyWindow *self = data;

  return learner_answer(self->learner, lesson_id(self), quiz);
}

static gboolean reached_cb(gpointer data, const char *goal) {
  BathyWindow *self = data;

  return learner_has_goal(self->learner, lesson_id(self), goal);
}

static char *source_cb(gpointer data, const char *file, const char *function) {
  g_autofree char *path = g_strconcat(SOURCES, file, NULL);
  g_autoptr(GBytes) bytes = g_resources_lookup_data(path, 0, NULL);

  (void)data;
  return bytes != NULL ? source_function(g_bytes_get_data(bytes, NULL), function) : NULL;
}

/* --- goals --- */

typedef struct {
  BathyWindow *window;
  PageValues values;
  const char *deed; /* what was done now; NULL: look at the run */
  gboolean reached; /* any */
} GoalCheck;

static void check_goal(const PageBlock *block, gpointer data) {
  GoalCheck *check = data;
  BathyWindow *self = check->window;

  if (block->kind != PAGE_GOAL || learner_has_goal(self->learner, lesson_id(self), block->name))
    return;
  if (!(check->deed != NULL ? page_goal_deed(block, check->deed)
                            : page_goal_met(&check->values, block)))
    return;
  learner_add_goal(self->learner, lesson_id(self), block->name);
  g_autofree char *text =
      g_strdup_printf("Goal reached: %s", page_goal_title(check->values.lesson, block));
  bathy_window_tell(self, text, NULL);
  check->reached = TRUE;
}

/* A goal that one has not read yet is not reached by chance. */
static gboolean is_seen(BathyWindow *self, const PageStep *step) {
  return learner_has_seen(self->learner, lesson_id(self), step->id);
}

static void check_goals(BathyWindow *self, const char *deed) {
  GoalCheck check = {self, values_now(self), deed, FALSE};

  if (self->page == NULL || bathy_lab_get_lesson(self->lab) == NULL)
    return;
  for (guint i = 0; i < self->page->steps->len; i++)
    if (is_seen(self, self->page->steps->pdata[i]))
      page_foreach(self->page->steps->pdata[i], check_goal, &check);
  if (!check.reached)
    return;
  save_learner(self);
  bathy_page_view_refresh_goals(self->page_view);
  window_show_progress(self);
}

/* --- progress --- */

typedef struct {
  BathyWindow *window;
  int goals, reached;
} GoalCount;

static void count_goal(const PageBlock *block, gpointer data) {
  GoalCount *count = data;

  if (block->kind != PAGE_GOAL)
    return;
  count->goals++;
  count->reached += learner_has_goal(count->window->learner, lesson_id(count->window), block->name);
}

void window_show_progress(BathyWindow *self) {
  GoalCount count = {self, 0, 0};
  int seen = 0;

  if (self->page == NULL)
    return;
  const int steps = (int)self->page->steps->len;
  for (int i = 0; i < steps; i++) {
    const PageStep *step = self->page->steps->pdata[i];
    seen += learner_has_seen(self->learner, lesson_id(self), step->id);
    page_foreach(step, count_goal, &count);
  }
  bathy_day_list_set_progress(self->days, lesson_id(self),
                              (double)(seen + count.reached) / (steps + count.goals));
}

/* --- opening and closing --- */

static guint remembered_step(BathyWindow *self) {
  g_autofree char *id = learner_step(self->learner, lesson_id(self));

  for (guint i = 0; id != NULL && i < self->page->steps->len; i++)
    if (g_str_equal(((const PageStep *)self->page->steps->pdata[i])->id, id))
      return i;
  return 0;
}

/* NULL with an error also where the page names what the lesson has not. */
static Page *open_page(BathyLab *lab, GError **error) {
  const Lesson *lesson = bathy_lab_get_lesson(lab);
  g_autofree char *name = g_build_filename(lesson->folder, "page.md", NULL);
  g_autoptr(Page) page = page_open(lesson, error);

  if (page == NULL || !page_values_check(page, lesson, name, error))
    return NULL;
  return g_steal_pointer(&page);
}

static void opened_cb(BathyLab *lab, gpointer data) {
  BathyWindow *self = data;
  g_autoptr(GError) error = NULL;

  page_free(self->page);
  self->page = open_page(lab, &error);
  if (self->page == NULL) {
    bathy_page_view_show(self->page_view, NULL, NULL, 0);
    bathy_window_tell(self, error->message, NULL);
    return;
  }
  const guint step = remembered_step(self);
  bathy_page_view_show(self->page_view, bathy_lab_get_lesson(lab), self->page, step);
  step_cb(self, step);
}

static void closing_cb(BathyLab *lab, gpointer data) {
  BathyWindow *self = data;

  (void)lab;
  bathy_page_view_show(self->page_view, NULL, NULL, 0);
  g_clear_pointer(&self->page, page_free);
}

static void look_cb(BathyLab *lab, gpointer data) {
  BathyWindow *self = data;

  if (bathy_lab_get_lesson(lab) == NULL || self->page == NULL)
    return;
  if (gtk_widget_get_mapped(GTK_WIDGET(self->page_view)))
    bathy_page_view_update(self->page_view);
  check_goals(self, NULL);
}

static void did_cb(BathyLab *lab, const char *deed, gpointer data) {
  (void)lab;
  check_goals(data, deed);
}

GtkWidget *window_page_new(BathyWindow *self) {
  const PageHost host = {self,       value_cb, act_cb,    set_cb,      preset_cb,  look_at_cb,
                         control_cb, step_cb,  answer_cb, answered_cb, reached_cb, source_cb};
  g_autofree char *problem = NULL;

  self->learner = learner_new(NULL, &problem);
  self->page_view = BATHY_PAGE_VIEW(bathy_page_view_new(&host));
  g_signal_connect(self->lab, "opened", G_CALLBACK(opened_cb), self);
  g_signal_connect(self->lab, "closing", G_CALLBACK(closing_cb), self);
  g_signal_connect(self->lab, "look", G_CALLBACK(look_cb), self);
  g_signal_connect(self->lab, "did", G_CALLBACK(did_cb), self);
  if (problem != NULL && self->toasts != NULL)
    bathy_window_tell(self, problem, NULL);
  return GTK_WIDGET(self->page_view);
}
