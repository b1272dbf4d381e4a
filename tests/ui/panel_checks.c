#include "tests/ui/panel_fixture.h"

#include "tests/core/support.h"
#include "ui/explain/explanation.h"

#include <math.h>
#include <string.h>

#define MARGIN 24 /* pixels around a canvas */
#define LEAST_INK 60
#define EM 13
#define PROBES 23 /* points a side where hits are looked for */
#define STOPS 60  /* steps of the keyboard's cursor a direction */

/* --- the easel --- */

Easel *easel_new(double width, double height, gboolean dark, double em) {
  Easel *self = g_new0(Easel, 1);

  self->theme = (Theme){.dark = dark, .em = em};
  self->surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, (int)width + 2 * MARGIN,
                                             (int)height + 2 * MARGIN);
  self->canvas = (Canvas){cairo_create(self->surface), width, height, &self->theme};
  cairo_translate(self->canvas.cr, MARGIN, MARGIN);
  return self;
}

void easel_free(Easel *self) {
  cairo_destroy(self->canvas.cr);
  cairo_surface_destroy(self->surface);
  g_free(self);
}

static void wipe(Easel *self) {
  const Rect all = {-MARGIN, -MARGIN, self->canvas.width + 2 * MARGIN,
                    self->canvas.height + 2 * MARGIN};

  canvas_fill_rect(&self->canvas, &all, theme_background(&self->theme));
}

guint easel_inked(const Easel *self) {
  const int width = cairo_image_surface_get_width(self->surface);
  const int height = cairo_image_surface_get_height(self->surface);
  const gsize stride = (gsize)cairo_image_surface_get_stride(self->surface);
  const guint8 *data;
  guint inked = 0;

  cairo_surface_flush(self->surface);
  data = cairo_image_surface_get_data(self->surface);
  const guint32 blank = *(const guint32 *)(gconstpointer)data & 0xffffff;
  for (int y = 0; y < height; y++) {
    const guint32 *row = (const guint32 *)(gconstpointer)(data + (gsize)y * stride);
    for (int x = 0; x < width; x++) {
      if ((row[x] & 0xffffff) == blank)
        continue;
      if (x < MARGIN - 1 || y < MARGIN - 1 || x > width - MARGIN || y > height - MARGIN)
        g_error("(%d, %d) lies outside of %g × %g and was drawn on", x - MARGIN, y - MARGIN,
                self->canvas.width, self->canvas.height);
      inked++;
    }
  }
  return inked;
}

static void save_shot(const Easel *self, const char *name) {
  const char *folder = g_getenv("BATHYSCOPE_SHOTS");

  if (folder == NULL || name == NULL)
    return;
  g_autofree char *path = g_strdup_printf("%s/%s.png", folder, name);
  g_assert_cmpint(cairo_surface_write_to_png(self->surface, path), ==, CAIRO_STATUS_SUCCESS);
}

void easel_draw(Easel *self, Panel *panel, const char *name) {
  wipe(self);
  panel_draw(panel, &self->canvas);
  g_assert_cmpint(cairo_status(self->canvas.cr), ==, CAIRO_STATUS_SUCCESS);
  save_shot(self, name);
  g_assert_cmpuint(easel_inked(self), >, LEAST_INK);
}

/* --- drawing --- */

char *easel_checksum(const Easel *self) {
  const int height = cairo_image_surface_get_height(self->surface);
  const int stride = cairo_image_surface_get_stride(self->surface);

  cairo_surface_flush(self->surface);
  return g_compute_checksum_for_data(G_CHECKSUM_SHA256, cairo_image_surface_get_data(self->surface),
                                     (gsize)stride * (gsize)height);
}

static void check_drawing(Panel *panel, const char *name, double width, double height,
                          gboolean dark, double em) {
  g_autoptr(Easel) easel = easel_new(width, height, dark, em);
  g_autofree char *shot =
      g_strdup_printf("panel-%s-%gx%g-%g%s", name, width, height, em, dark ? "-dark" : "");

  easel_draw(easel, panel, shot);
  g_autofree char *first = easel_checksum(easel);
  easel_draw(easel, panel, NULL);
  g_autofree char *second = easel_checksum(easel);
  g_assert_cmpstr(first, ==, second);
}

void panel_check_draws(Panel *panel, const char *name) {
  static const double SIZES[][2] = {{160, 120}, {320, 240}, {480, 340},
                                    {640, 480}, {900, 600}, {1600, 1000}};

  for (guint i = 0; i < G_N_ELEMENTS(SIZES); i++)
    for (int dark = 0; dark < 2; dark++)
      check_drawing(panel, name, SIZES[i][0], SIZES[i][1], dark, EM);
  check_drawing(panel, name, 900, 600, FALSE, 20);
  check_drawing(panel, name, 320, 240, TRUE, 26);
}

/* --- the keyboard --- */

static gboolean inside(const Canvas *canvas, double x, double y) {
  return x >= 0 && y >= 0 && x <= canvas->width && y <= canvas->height;
}

static void assert_area(const Canvas *canvas, const Rect *area) {
  g_assert_cmpfloat(area->width, >, 0);
  g_assert_cmpfloat(area->height, >, 0);
  g_assert_true(inside(canvas, area->x + 1, area->y + 1));
  g_assert_true(inside(canvas, area->x + area->width - 1, area->y + area->height - 1));
}

static guint walk(Panel *panel, const Canvas *canvas, int dx, int dy) {
  guint stops = 0;

  for (int i = 0; i < STOPS; i++) {
    double x = NAN, y = NAN;
    Hit hit;
    if (!panel->klass->move(panel, canvas, dx, dy, &x, &y))
      break;
    g_assert_true(inside(canvas, x, y));
    if (!panel_hit(panel, canvas, x, y, &hit))
      g_error("%s: there is nothing at (%g, %g)", panel->klass->name, x, y);
    g_assert_true(g_utf8_validate(hit.text, -1, NULL));
    g_assert_cmpuint(strlen(hit.text), >, 1);
    stops++;
  }
  return stops;
}

guint panel_check_walks(Panel *panel) {
  static const int WAYS[][2] = {{1, 0}, {0, 1}, {-1, 0}, {0, -1}};
  g_autoptr(Easel) easel = easel_new(480, 340, FALSE, EM);
  guint stops = 0;

  if (panel->klass->move == NULL)
    return 0;
  easel_draw(easel, panel, NULL);
  for (guint i = 0; i < G_N_ELEMENTS(WAYS); i++)
    stops += walk(panel, &easel->canvas, WAYS[i][0], WAYS[i][1]);
  return stops;
}

/* --- explanations --- */

static void check_target(Panel *panel, const Canvas *canvas, const Hit *hit, GHashTable *met) {
  const Snapshot *look = panel->look;
  const Probe *probe = hit->drawing ? look->drawing : look->probe;
  g_autoptr(Explanation) e = explanation_new(look, probe, &hit->target);
  Rect area;

  if (e == NULL)
    g_error("%s: nothing explains %s, %" G_GSIZE_FORMAT, panel->klass->name, hit->target.tensor,
            hit->target.offset);
  g_assert_true(isnan(e->value) || e->agrees || e->check == NULL);
  g_hash_table_add(met, g_strdup(hit->target.tensor));
  if (panel->klass->locate == NULL)
    return;
  if (!panel->klass->locate(panel, canvas, &hit->target, &area))
    g_error("%s: %s, %" G_GSIZE_FORMAT " is not found again", panel->klass->name,
            hit->target.tensor, hit->target.offset);
  assert_area(canvas, &area);
}

guint panel_check_explains(Panel *panel) {
  g_autoptr(Easel) easel = easel_new(640, 480, FALSE, EM);
  g_autoptr(GHashTable) met = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  Hit hit;

  easel_draw(easel, panel, NULL);
  for (int i = 0; i < PROBES * PROBES; i++) {
    const double x = (i % PROBES + 0.5) * easel->canvas.width / PROBES;
    const double y = (i / PROBES + 0.5) * easel->canvas.height / PROBES;
    if (!panel_hit(panel, &easel->canvas, x, y, &hit))
      continue;
    g_assert_true(g_utf8_validate(hit.text, -1, NULL));
    if (hit.area.width > 0)
      g_assert_true(rect_contains(&hit.area, x, y));
    if (hit.target.tensor[0] != '\0')
      check_target(panel, &easel->canvas, &hit, met);
  }
  return g_hash_table_size(met);
}

/* --- tables and words --- */

/* Commas outside of quotes; asserts that quotes are closed. */
static int fields_of(const char *line) {
  int fields = 1;
  gboolean quoted = FALSE;

  for (; *line != '\0'; line++) {
    quoted ^= *line == '"';
    fields += *line == ',' && !quoted;
  }
  g_assert_false(quoted);
  return fields;
}

guint panel_check_csv(Panel *panel) {
  g_autoptr(GString) text = g_string_new(NULL);

  if (panel->klass->csv == NULL)
    return 0;
  panel->klass->csv(panel, text);
  g_assert_true(g_utf8_validate(text->str, -1, NULL));
  g_assert_true(g_str_has_suffix(text->str, "\n"));
  g_string_truncate(text, text->len - 1);
  g_auto(GStrv) lines = g_strsplit(text->str, "\n", 0);
  g_assert_true(g_ascii_isalpha(lines[0][0]));
  for (int i = 1; lines[i] != NULL; i++)
    g_assert_cmpint(fields_of(lines[i]), ==, fields_of(lines[0]));
  g_assert_null(strstr(text->str, "nan"));
  g_assert_null(strstr(text->str, "inf"));
  return g_strv_length(lines) - 1;
}

/* A sentence, for people and for the accessibility bus. */
static void assert_sentence(const char *text) {
  g_assert_nonnull(text);
  g_assert_true(g_utf8_validate(text, -1, NULL));
  g_assert_cmpuint(strlen(text), >, 12);
  g_assert_null(strstr(text, "(null)"));
  g_assert_null(strstr(text, "nan"));
}

void panel_check_words(Panel *panel) {
  g_autofree char *text = panel->klass->describe(panel);

  assert_sentence(text);
  assert_sentence(panel->klass->help);
  assert_sentence(panel->klass->manual);
  g_assert_cmpstr(panel->klass->title, !=, "");
}

/* --- controls --- */

static int values_of(const Panel *panel, const PanelControl *control) {
  if (control->kind != CONTROL_CHOICE)
    return 2;
  if (control->list == NULL)
    return (int)g_strv_length((char **)control->choices);
  g_auto(GStrv) choices = control->list(panel);
  return (int)g_strv_length(choices);
}

static double nth_value(const PanelControl *control, int k) {
  if (control->kind == CONTROL_REAL || control->kind == CONTROL_INTEGER)
    return k == 0 ? control->minimum : control->maximum;
  return k;
}

void panel_check_controls(Panel *panel) {
  g_autoptr(Easel) easel = easel_new(480, 340, TRUE, EM);
  const PanelControl *control = panel->klass->controls;

  for (int i = 0; control != NULL && control[i].id != NULL; i++) {
    g_assert_cmpuint(strlen(control[i].help), >, 5);
    for (int k = 0; k < values_of(panel, &control[i]); k++) {
      g_autofree char *shot =
          g_strdup_printf("control-%s-%s-%d", panel->klass->name, control[i].id, k);
      panel_set_value(panel, control[i].id, nth_value(&control[i], k));
      easel_draw(easel, panel, shot);
    }
    panel_set_value(panel, control[i].id, control[i].initial);
  }
}

/* --- files --- */

static void check_export(Panel *panel, const char *folder, const char *extension,
                         const char *magic) {
  g_autofree char *path = g_strdup_printf("%s/%s.%s", folder, panel->klass->name, extension);
  g_autofree char *bytes = NULL;
  const Theme theme = {.em = EM};
  GError *error = NULL;
  gsize size;

  panel_export(panel, path, &theme, &error);
  g_assert_no_error(error);
  g_file_get_contents(path, &bytes, &size, &error);
  g_assert_no_error(error);
  g_assert_cmpuint(size, >, strlen(magic));
  g_assert_cmpmem(bytes, strlen(magic), magic, strlen(magic));
}

void panel_check_exports(Panel *panel) {
  char *folder = test_tmp_dir();

  check_export(panel, folder, "svg", "<?xml");
  check_export(panel, folder, "pdf", "%PDF");
  check_export(panel, folder, "png", "\x89PNG");
  if (panel->klass->csv != NULL)
    check_export(panel, folder, "csv", "");
  test_remove_dir(folder);
}

/* --- all --- */

static void check_nothing_yet(Panel *panel, const char *shot) {
  g_autoptr(Easel) easel = easel_new(320, 240, FALSE, EM);
  g_autofree char *text = panel->klass->describe(panel);

  easel_draw(easel, panel, shot);
  assert_sentence(text);
  if (panel->klass->move != NULL)
    walk(panel, &easel->canvas, 1, 0);
  panel_check_csv(panel);
}

void panel_check_empty(const char *name) {
  g_autoptr(Panel) unborn = panel_fixture_new(name, NULL, NULL);
  g_autoptr(Panel) untrained = panel_fixture_new(name, panel_fixture()->fresh, NULL);
  g_autofree char *blind = g_strdup_printf("empty-%s-no-look", name);
  g_autofree char *fresh = g_strdup_printf("empty-%s", name);

  check_nothing_yet(unborn, blind);
  check_nothing_yet(untrained, fresh);
}

void panel_check(const char *name) {
  g_autoptr(Panel) panel = panel_fixture_new(name, panel_fixture()->look, NULL);

  panel_check_empty(name);
  panel_check_draws(panel, name);
  panel_check_controls(panel);
  panel_check_explains(panel);
  g_assert_true(panel->klass->csv == NULL || panel_check_csv(panel) > 0);
  panel_check_words(panel);
  panel_check_exports(panel);
  panel_check_walks(panel);
}
