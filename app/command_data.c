#include "app/commands.h"

#include "app/interrupt.h"
#include "app/numbers.h"
#include "app/progress.h"
#include "core/base/text.h"
#include "core/datasets/catalogue.h"
#include "core/datasets/download.h"
#include <string.h>

/* --- data list --- */

static guint64 entry_size(const CatalogueEntry *entry) {
  guint64 size = 0;
  for (const CatalogueFile *file = entry->files; file && file->file; file++)
    size += file->size;
  return size;
}

/* Where it is, or how to get it. */
static char *entry_place(const CatalogueEntry *entry) {
  if (catalogue_is_built_in(entry))
    return g_strdup("built in");
  g_autofree char *folder = catalogue_locate(entry);
  if (folder)
    return g_strdup_printf("in %s", folder);
  if (!entry->urls)
    return g_strdup_printf("not here; put its files into $BATHYSCOPE_DATA/%s", entry->folder);
  g_autofree char *size = number_bytes(entry_size(entry));
  return g_strdup_printf("not here; get it (%s) by: bathyscope data fetch %s", size, entry->name);
}

static int list(void) {
  for (const CatalogueEntry *entry = CATALOGUE; entry->name; entry++) {
    g_autofree char *place = entry_place(entry);
    g_print("%-16s %s\n                 %s\n                 licence: %s\n", entry->name,
            entry->title, place, entry->licence);
  }
  return COMMAND_DONE;
}

/* --- data fetch --- */

typedef struct {
  Progress *line;
  gint64 start;     /* when the first bytes came, µs */
  guint64 start_at; /* bytes there then */
} Fetch;

static void fetch_progress_cb(const char *file, guint64 done, guint64 total, gpointer data) {
  Fetch *fetch = data;
  gint64 now = g_get_monotonic_time();
  if (fetch->start == 0) {
    fetch->start = now;
    fetch->start_at = done;
  }
  double seconds = (double)(now - fetch->start) / G_USEC_PER_SEC;
  double rate = seconds > 0 ? (double)(done - fetch->start_at) / seconds : 0;
  g_autofree char *have = number_bytes(done);
  g_autofree char *whole = number_bytes(total);
  g_autofree char *left =
      number_duration(rate > 0 ? (double)(total - MIN(done, total)) / rate : -1);
  g_autofree char *text = g_strdup_printf("%s · %s of %s · %s left", file, have, whole, left);
  progress_update(fetch->line, total > 0 ? (double)done / (double)total : -1, text);
}

static int fetch_entry(const CatalogueEntry *entry) {
  GCancellable *cancellable = interrupt_cancellable();
  Fetch fetch = {.line = progress_new(stdout)};
  GError *error = NULL;
  gboolean fetched = download_entry(entry, fetch_progress_cb, &fetch, cancellable, &error);
  progress_finish(fetch.line, NULL);
  if (fetched) {
    g_autofree char *folder = catalogue_download_folder(entry);
    g_print("%s is in %s\n", entry->name, folder);
    return COMMAND_DONE;
  }
  if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED)) {
    g_error_free(error);
    return command_fail("%s: stopped; the files that were complete are kept", entry->name);
  }
  return command_fail_error(error);
}

static int unknown_entry(const char *name) {
  g_autoptr(GPtrArray) names = g_ptr_array_new();
  for (const CatalogueEntry *entry = CATALOGUE; entry->name; entry++)
    g_ptr_array_add(names, (gpointer)entry->name);
  g_ptr_array_add(names, NULL);
  g_autofree char *suggestion = text_suggest(name, (const char *const *)names->pdata);
  return command_misuse("data", "there is no data set ‘%s’%s", name, suggestion);
}

static int fetch(const char *name) {
  const CatalogueEntry *entry = catalogue_find(name);
  if (!entry)
    return unknown_entry(name);
  if (catalogue_is_built_in(entry)) {
    g_print("%s is built in: there is nothing to fetch\n", name);
    return COMMAND_DONE;
  }
  if (!entry->urls)
    return command_fail("%s cannot be downloaded from here; put its files into "
                        "$BATHYSCOPE_DATA/%s",
                        name, entry->folder);
  g_autofree char *found = catalogue_locate(entry);
  g_autofree char *folder = catalogue_download_folder(entry);
  if (found && !g_str_equal(found, folder)) {
    g_print("%s is in %s already\n", name, found);
    return COMMAND_DONE;
  }
  return fetch_entry(entry);
}

/* --- data path --- */

static int path(void) {
  g_autofree char *folder = catalogue_download_folder(&CATALOGUE[0]);
  g_autofree char *parent = g_path_get_dirname(folder);
  g_print("%s\n", parent);
  return COMMAND_DONE;
}

int command_data(int argc, char **argv) {
  const GOptionEntry options[] = {{NULL}};
  int status;
  g_auto(GStrv) arguments = command_parse(argc, argv, options, 0, 2, &status);
  if (!arguments)
    return status;
  const char *what = arguments[0] ? arguments[0] : "list";
  const char *name = arguments[0] ? arguments[1] : NULL;
  if (g_str_equal(what, "fetch"))
    return name ? fetch(name) : command_misuse("data", "data fetch needs the NAME of a data set");
  if (name)
    return command_misuse("data", "data %s takes nothing after it, not ‘%s’", what, name);
  if (g_str_equal(what, "list"))
    return list();
  if (g_str_equal(what, "path"))
    return path();
  return command_misuse("data", "data can list, fetch NAME or path, not ‘%s’", what);
}
