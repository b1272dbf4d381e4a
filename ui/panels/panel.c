#include "ui/panels/panel.h"

#include "core/base/file.h"
#include "ui/chart/chart_export.h"

#include <stdarg.h>
#include <string.h>

const PanelClass *panel_class_find(const char *name) {
  for (const PanelClass *const *klass = PANELS; *klass != NULL; klass++)
    if (g_str_equal((*klass)->name, name))
      return *klass;
  return NULL;
}

Panel *panel_new(const PanelClass *klass, const Lesson *lesson, const Dataset *dataset,
                 const Model *model, const char *tensor, const PanelHost *host) {
  Panel *self = g_new0(Panel, 1);

  self->klass = klass;
  self->lesson = lesson;
  self->dataset = dataset;
  self->model = model;
  self->tensor = tensor;
  self->pointer_x = self->pointer_y = -1;
  if (host != NULL)
    self->host = *host;
  for (int i = 0; klass->controls != NULL && klass->controls[i].id != NULL; i++) {
    g_assert(i < PANEL_MAX_CONTROLS);
    self->values[i] = klass->controls[i].initial;
  }
  self->state = g_malloc0(MAX(klass->state_size, 1));
  if (klass->init != NULL)
    klass->init(self);
  return self;
}

void panel_free(Panel *self) {
  if (self == NULL)
    return;
  if (self->klass->clear != NULL)
    self->klass->clear(self);
  snapshot_unref(self->look);
  g_free(self->state);
  g_free(self);
}

void panel_look(Panel *self, Snapshot *snapshot) {
  Snapshot *old = self->look;

  g_return_if_fail(snapshot != NULL);
  self->look = snapshot_ref(snapshot);
  if (self->klass->update != NULL)
    self->klass->update(self);
  snapshot_unref(old);
}

void panel_draw(Panel *self, const Canvas *canvas) {
  cairo_save(canvas->cr);
  cairo_rectangle(canvas->cr, 0, 0, canvas->width, canvas->height);
  cairo_clip(canvas->cr);
  self->klass->draw(self, canvas);
  cairo_restore(canvas->cr);
}

gboolean panel_hit(Panel *self, const Canvas *canvas, double x, double y, Hit *hit) {
  memset(hit, 0, sizeof *hit);
  return self->klass->hit != NULL && self->klass->hit(self, canvas, x, y, hit);
}

static int control_index(const Panel *self, const char *id) {
  const PanelControl *controls = self->klass->controls;

  for (int i = 0; controls != NULL && controls[i].id != NULL; i++)
    if (g_str_equal(controls[i].id, id))
      return i;
  g_error("the panel %s has no control %s", self->klass->name, id);
}

double panel_value(const Panel *self, const char *id) {
  return self->values[control_index(self, id)];
}

static double largest_choice(const Panel *self, const PanelControl *control) {
  if (control->list == NULL)
    return g_strv_length((char **)control->choices) - 1;
  g_auto(GStrv) choices = control->list(self);
  return MAX((double)g_strv_length(choices) - 1, 0);
}

void panel_set_value(Panel *self, const char *id, double value) {
  const int i = control_index(self, id);
  const PanelControl *control = &self->klass->controls[i];

  switch (control->kind) {
  case CONTROL_CHOICE:
    value = CLAMP(value, 0, largest_choice(self, control));
    break;
  case CONTROL_INTEGER:
  case CONTROL_REAL:
    value = CLAMP(value, control->minimum, control->maximum);
    break;
  case CONTROL_TOGGLE:
    value = value != 0;
    break;
  case CONTROL_BUTTON:
    break;
  }
  self->values[i] = value;
  if (self->klass->control != NULL)
    self->klass->control(self, id, value);
  panel_redraw(self);
}

static void draw_titled(const Canvas *canvas, gpointer data) {
  Panel *self = data;
  const double em = canvas->theme->em, head = 3.2 * em;
  const Rect title = {em, 0.5 * em, canvas->width - 2 * em, 1.6 * em};
  const Rect help = {em, 1.9 * em, canvas->width - 2 * em, 1.3 * em};
  const Canvas below = {canvas->cr, canvas->width - 2 * em, canvas->height - head - em,
                        canvas->theme};

  canvas_text_in(canvas, &title, &(TextStyle){.size = 1.15, .bold = TRUE}, self->klass->title);
  canvas_text_in(canvas, &help, &(TextStyle){.size = 0.9, .color = theme_dim(canvas->theme)},
                 self->klass->help);
  cairo_translate(canvas->cr, em, head);
  panel_draw(self, &below);
}

gboolean panel_export(Panel *self, const char *path, const Theme *theme, GError **error) {
  const double head = 3.2 * theme->em;

  if (!g_str_has_suffix(path, ".csv"))
    return chart_export(path, self->klass->width + 2 * theme->em,
                        self->klass->height + head + theme->em, theme, draw_titled, self, error);
  if (self->klass->csv == NULL) {
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
                "%s has no table behind it; choose a name that ends in .svg, .pdf or .png",
                self->klass->title);
    return FALSE;
  }
  g_autoptr(GString) text = g_string_new(NULL);
  self->klass->csv(self, text);
  return file_write(path, text->str, text->len, error);
}

const Tensor *panel_tensor(const Panel *self, const char *name) {
  if (self->look == NULL || self->look->probe == NULL)
    return NULL;
  return graph_find(self->look->probe->ends.graph, name);
}

void panel_redraw(Panel *self) {
  if (self->host.redraw != NULL)
    self->host.redraw(self->host.data);
}

void tensor_element_text(GString *text, const Tensor *tensor, gsize offset) {
  int index[TENSOR_MAX_RANK];
  const char *separator = "[";

  g_string_append(text, tensor->name);
  shape_unravel(&tensor->shape, offset, index);
  for (int i = tensor->batched ? 1 : 0; i < tensor->shape.rank; i++, separator = ", ")
    g_string_append_printf(text, "%s%d", separator, index[i]);
  if (*separator == ',')
    g_string_append_c(text, ']');
}

void hit_tensor(Hit *self, const Tensor *tensor, gsize offset, gboolean gradient) {
  g_autoptr(GString) text = g_string_new(gradient ? "∂loss/∂" : "");
  const real *values = gradient ? tensor->grad : tensor->value;
  char number[NUMBER_SIZE];

  g_return_if_fail(offset < shape_size(&tensor->shape));
  tensor_element_text(text, tensor, offset);
  if (tensor->type == TENSOR_INT)
    g_string_append_printf(text, " = %d", tensor->index[offset]);
  else if (values != NULL)
    g_string_append_printf(text, " = %s", number_text((double)values[offset], number));
  g_strlcpy(self->text, text->str, sizeof self->text);
  g_strlcpy(self->target.tensor, tensor->name, sizeof self->target.tensor);
  self->target.offset = offset;
  self->target.gradient = gradient;
}

void hit_text(Hit *self, const char *format, ...) {
  va_list arguments;

  va_start(arguments, format);
  g_vsnprintf(self->text, sizeof self->text, format, arguments);
  va_end(arguments);
}
