#include "ui/window/state.h"

#include "core/base/file.h"

#define SAVE_AFTER 1 /* seconds after the first change */

struct _BathyState {
  GObject parent;
  char *path;
  GKeyFile *file;
  gboolean dirty;
  guint timer;
};

G_DEFINE_FINAL_TYPE(BathyState, bathy_state, G_TYPE_OBJECT)

static guint changed_signal;

gboolean bathy_state_save(BathyState *self, GError **error) {
  gsize size;

  g_clear_handle_id(&self->timer, g_source_remove);
  if (!self->dirty)
    return TRUE;
  g_autofree char *text = g_key_file_to_data(self->file, &size, NULL);
  self->dirty = !file_write(self->path, text, size, error);
  return !self->dirty;
}

static gboolean save_cb(gpointer data) {
  BathyState *self = data;
  g_autoptr(GError) error = NULL;

  self->timer = 0;
  if (!bathy_state_save(self, &error))
    g_message("%s", error->message);
  return G_SOURCE_REMOVE;
}

static void bathy_state_finalize(GObject *object) {
  BathyState *self = BATHY_STATE(object);

  g_clear_handle_id(&self->timer, g_source_remove);
  g_free(self->path);
  g_key_file_unref(self->file);
  G_OBJECT_CLASS(bathy_state_parent_class)->finalize(object);
}

static void bathy_state_class_init(BathyStateClass *klass) {
  G_OBJECT_CLASS(klass)->finalize = bathy_state_finalize;
  changed_signal =
      g_signal_new("changed", G_TYPE_FROM_CLASS(klass), G_SIGNAL_RUN_LAST | G_SIGNAL_DETAILED, 0,
                   NULL, NULL, NULL, G_TYPE_NONE, 2, G_TYPE_STRING, G_TYPE_STRING);
}

static void bathy_state_init(BathyState *self) { self->file = g_key_file_new(); }

BathyState *bathy_state_new(const char *path) {
  BathyState *self = g_object_new(BATHY_TYPE_STATE, NULL);

  self->path = path != NULL
                   ? g_strdup(path)
                   : g_build_filename(g_get_user_config_dir(), "bathyscope", "state.ini", NULL);
  g_key_file_load_from_file(self->file, self->path, G_KEY_FILE_NONE, NULL);
  return self;
}

/* --- reading --- */

#define OR_FALLBACK(call)                                                                          \
  g_autoptr(GError) error = NULL;                                                                  \
  const typeof(fallback) value = call;                                                             \
  return error == NULL ? value : fallback

int bathy_state_get_int(BathyState *self, const char *group, const char *key, int fallback) {
  OR_FALLBACK(g_key_file_get_integer(self->file, group, key, &error));
}

double bathy_state_get_double(BathyState *self, const char *group, const char *key,
                              double fallback) {
  OR_FALLBACK(g_key_file_get_double(self->file, group, key, &error));
}

gboolean bathy_state_get_boolean(BathyState *self, const char *group, const char *key,
                                 gboolean fallback) {
  OR_FALLBACK(g_key_file_get_boolean(self->file, group, key, &error));
}

char *bathy_state_get_string(BathyState *self, const char *group, const char *key,
                             const char *fallback) {
  char *value = g_key_file_get_string(self->file, group, key, NULL);

  return value != NULL ? value : g_strdup(fallback);
}

char **bathy_state_get_strings(BathyState *self, const char *group, const char *key) {
  return g_key_file_get_string_list(self->file, group, key, NULL, NULL);
}

/* --- writing --- */

static void changed(BathyState *self, const char *group, const char *key) {
  self->dirty = TRUE;
  if (self->timer == 0)
    self->timer = g_timeout_add_seconds(SAVE_AFTER, save_cb, self);
  g_signal_emit(self, changed_signal, g_quark_from_string(group), group, key);
}

/* TRUE where the file now says something else than before. */
static gboolean differs(BathyState *self, const char *group, const char *key, char *before) {
  g_autofree char *owned = before, *now = g_key_file_get_value(self->file, group, key, NULL);

  return g_strcmp0(owned, now) != 0;
}

#define CHANGE(call)                                                                               \
  char *before = g_key_file_get_value(self->file, group, key, NULL);                               \
  call;                                                                                            \
  if (differs(self, group, key, before))                                                           \
  changed(self, group, key)

void bathy_state_set_int(BathyState *self, const char *group, const char *key, int value) {
  CHANGE(g_key_file_set_integer(self->file, group, key, value));
}

void bathy_state_set_double(BathyState *self, const char *group, const char *key, double value) {
  CHANGE(g_key_file_set_double(self->file, group, key, value));
}

void bathy_state_set_boolean(BathyState *self, const char *group, const char *key, gboolean value) {
  CHANGE(g_key_file_set_boolean(self->file, group, key, value));
}

void bathy_state_set_string(BathyState *self, const char *group, const char *key,
                            const char *value) {
  CHANGE(g_key_file_set_string(self->file, group, key, value));
}

void bathy_state_set_strings(BathyState *self, const char *group, const char *key,
                             const char *const *values) {
  CHANGE(
      g_key_file_set_string_list(self->file, group, key, values, g_strv_length((char **)values)));
}
