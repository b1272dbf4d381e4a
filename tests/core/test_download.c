#include "core/datasets/download.h"

#include "tests/core/support.h"

#include <libsoup/soup.h>
#include <string.h>

#define LARGE (300 * 1024)
#define N_FILES 2

/* A server on this machine, in a thread of its own. Folders: good/ has the files, other/ has them
 * with a wrong byte, long/ and short/ with a wrong size, slow/ never ends, all else is not found.
 */
typedef struct {
  GMainContext *context;
  GMainLoop *loop;
  GThread *thread;
  SoupServer *server;
  char *base; /* "http://127.0.0.1:PORT" */
  gint requests;
  char *files[N_FILES][2]; /* content and MD5 */
  CatalogueFile catalogue[N_FILES + 1];
  CatalogueEntry entry;
  char *urls[4];
} Server;

static const gsize SIZES[N_FILES] = {LARGE, 5};
static const char *const NAMES[N_FILES] = {"large.gz", "small.gz"};

static void answer(Server *self, SoupServerMessage *message, int file, const char *path) {
  SoupMessageBody *body = soup_server_message_get_response_body(message);
  gsize size = SIZES[file];
  g_autofree char *content = g_memdup2(self->files[file][0], size + 1);

  if (g_str_has_prefix(path, "/other/"))
    content[size / 2] ^= 1;
  if (g_str_has_prefix(path, "/short/"))
    size -= 1;
  soup_server_message_set_status(message, SOUP_STATUS_OK, NULL);
  soup_message_body_append(body, SOUP_MEMORY_COPY, content, size);
  if (g_str_has_prefix(path, "/long/"))
    soup_message_body_append(body, SOUP_MEMORY_COPY, content, size);
  if (g_str_has_prefix(path, "/slow/")) {
    soup_message_headers_set_encoding(soup_server_message_get_response_headers(message),
                                      SOUP_ENCODING_CHUNKED);
    soup_message_body_truncate(body);
    soup_message_body_append(body, SOUP_MEMORY_COPY, content, 1);
    return; /* never completed */
  }
  soup_message_body_complete(body);
}

static void request_cb(SoupServer *server, SoupServerMessage *message, const char *path,
                       GHashTable *query, gpointer data) {
  Server *self = data;
  const char *name = strrchr(path, '/') + 1;

  g_atomic_int_inc(&self->requests);
  soup_server_message_set_status(message, SOUP_STATUS_NOT_FOUND, NULL);
  if (g_str_has_prefix(path, "/nowhere/"))
    return;
  for (int file = 0; file < N_FILES; file++)
    if (g_str_equal(name, NAMES[file]))
      answer(self, message, file, path);
}

static gpointer run_server(gpointer data) {
  Server *self = data;

  g_main_context_push_thread_default(self->context);
  g_main_loop_run(self->loop);
  g_main_context_pop_thread_default(self->context);
  return NULL;
}

static void start(Server *self) {
  GError *error = NULL;
  GSList *uris;

  self->context = g_main_context_new();
  self->loop = g_main_loop_new(self->context, FALSE);
  g_main_context_push_thread_default(self->context);
  self->server = soup_server_new(NULL, NULL);
  soup_server_add_handler(self->server, NULL, request_cb, self, NULL);
  soup_server_listen_local(self->server, 0, SOUP_SERVER_LISTEN_IPV4_ONLY, &error);
  g_assert_no_error(error);
  g_main_context_pop_thread_default(self->context);
  uris = soup_server_get_uris(self->server);
  self->base = g_strdup_printf("http://127.0.0.1:%d", g_uri_get_port(uris->data));
  g_slist_free_full(uris, (GDestroyNotify)g_uri_unref);
  self->thread = g_thread_new("server", run_server, self);
}

static void set_up(Server *self, gconstpointer data) {
  for (int i = 0; i < N_FILES; i++) {
    self->files[i][0] = g_malloc(SIZES[i] + 1);
    for (gsize at = 0; at <= SIZES[i]; at++)
      self->files[i][0][at] = (char)(at * 7 + at / 251);
    self->files[i][1] =
        g_compute_checksum_for_data(G_CHECKSUM_MD5, (const guchar *)self->files[i][0], SIZES[i]);
    self->catalogue[i] = (CatalogueFile){NAMES[i], self->files[i][1], SIZES[i]};
  }
  start(self);
}

static gboolean quit_cb(gpointer data) {
  Server *self = data;

  soup_server_disconnect(self->server);
  g_main_loop_quit(self->loop);
  return G_SOURCE_REMOVE;
}

/* Each test finds the user's folder empty. */
static void remove_downloads(void) {
  g_autofree char *root = g_build_filename(g_get_user_data_dir(), "bathyscope", NULL);

  if (g_file_test(root, G_FILE_TEST_EXISTS))
    test_remove_dir(g_steal_pointer(&root));
}

static void tear_down(Server *self, gconstpointer data) {
  g_main_context_invoke(self->context, quit_cb, self);
  g_thread_join(self->thread);
  g_object_unref(self->server);
  g_main_loop_unref(self->loop);
  g_main_context_unref(self->context);
  for (int i = 0; i < N_FILES; i++) {
    g_free(self->files[i][0]);
    g_free(self->files[i][1]);
  }
  for (int i = 0; self->urls[i] != NULL; i++)
    g_free(self->urls[i]);
  g_free(self->base);
  remove_downloads();
}

/* An entry of the files with these folders of the server as its mirrors. */
static const CatalogueEntry *entry_of(Server *self, const char *first, const char *second) {
  const char *folders[] = {first, second};

  for (int i = 0; i < 2; i++) {
    g_free(self->urls[i]);
    self->urls[i] = folders[i] ? g_strdup_printf("%s/%s/", self->base, folders[i]) : NULL;
  }
  self->entry = (CatalogueEntry){
      .name = "test_set", .urls = (const char *const *)self->urls, .files = self->catalogue};
  return &self->entry;
}

/* --- What comes down --- */

typedef struct {
  guint64 last, total;
  int calls;
} Seen;

static void progress_cb(const char *file, guint64 done, guint64 total, gpointer data) {
  Seen *seen = data;

  g_assert_true(g_strv_contains((const char *const[]){"large.gz", "small.gz", NULL}, file));
  g_assert_cmpuint(done, <=, total);
  g_assert_cmpuint(done, >=, seen->last);
  seen->last = done, seen->total = total;
  seen->calls++;
}

static void assert_folder(const Server *self, int n_files) {
  g_autofree char *folder = catalogue_download_folder(&self->entry);

  g_assert_cmpint(test_count_files(folder), ==, n_files);
  for (int i = 0; i < N_FILES && n_files == N_FILES; i++) {
    g_autofree char *path = g_build_filename(folder, NAMES[i], NULL), *content = NULL;
    gsize size;
    g_assert_true(g_file_get_contents(path, &content, &size, NULL));
    g_assert_cmpmem(content, size, self->files[i][0], SIZES[i]);
  }
}

static void test_good(Server *self, gconstpointer data) {
  Seen seen = {0};
  GError *error = NULL;

  g_assert_true(download_entry(entry_of(self, "good", NULL), progress_cb, &seen, NULL, &error));
  g_assert_no_error(error);
  assert_folder(self, N_FILES);
  g_assert_cmpuint(seen.total, ==, LARGE + 5);
  g_assert_cmpuint(seen.last, ==, seen.total);
  g_assert_cmpint(seen.calls, >, 4);
}

static void test_kept(Server *self, gconstpointer data) {
  g_autofree char *folder = NULL, *path = NULL;
  GError *error = NULL;

  g_assert_true(download_entry(entry_of(self, "good", NULL), NULL, NULL, NULL, &error));
  g_assert_cmpint(g_atomic_int_get(&self->requests), ==, 2);
  g_assert_true(download_entry(&self->entry, NULL, NULL, NULL, &error));
  g_assert_cmpint(g_atomic_int_get(&self->requests), ==, 2);
  folder = catalogue_download_folder(&self->entry);
  path = g_build_filename(folder, NAMES[1], NULL);
  test_write(path, "12345", 5);
  g_assert_true(download_entry(&self->entry, NULL, NULL, NULL, &error));
  g_assert_cmpint(g_atomic_int_get(&self->requests), ==, 3);
  assert_folder(self, N_FILES);
}

static void test_second_mirror(Server *self, gconstpointer data) {
  const char *const first[] = {"nowhere", "other", "short", "long", NULL};
  GError *error = NULL;

  for (int i = 0; first[i] != NULL; i++) {
    g_autofree char *folder = NULL;
    g_assert_true(download_entry(entry_of(self, first[i], "good"), NULL, NULL, NULL, &error));
    g_assert_no_error(error);
    assert_folder(self, N_FILES);
    folder = catalogue_download_folder(&self->entry);
    test_remove_dir(g_steal_pointer(&folder));
  }
}

/* --- What does not --- */

static void assert_failure(Server *self, const char *folder, const char *const *words) {
  GError *error = NULL;

  g_assert_false(download_entry(entry_of(self, folder, NULL), NULL, NULL, NULL, &error));
  test_assert_error(&error, words);
  assert_folder(self, -1);
}
#define assert_failure_says(self, folder, ...)                                                     \
  assert_failure(self, folder, (const char *const[]){"large.gz", __VA_ARGS__, NULL})

static void test_failures(Server *self, gconstpointer data) {
  assert_failure_says(self, "nowhere", self->base, "404");
  assert_failure_says(self, "other", "MD5", "expected", self->files[0][1]);
  assert_failure_says(self, "short", "307199 bytes", "expected 307200");
  assert_failure_says(self, "long", "or more", "expected 307200");
}

static void test_offline(Server *self, gconstpointer data) {
  GError *error = NULL;

  entry_of(self, "good", NULL);
  g_free(self->urls[0]);
  self->urls[0] = g_strdup("http://127.0.0.1:1/"); /* nobody listens there */
  self->urls[1] = g_strdup("http://no-such-host.invalid/");
  g_assert_false(download_entry(&self->entry, NULL, NULL, NULL, &error));
  test_assert_error_says(&error, "cannot download large.gz", "127.0.0.1:1", "refused",
                         "no-such-host.invalid");
  assert_folder(self, -1);
}

static void test_no_room(Server *self, gconstpointer data) {
  const CatalogueEntry *entry = entry_of(self, "good", "good");
  g_autofree char *folder = catalogue_download_folder(entry);
  g_autofree char *parent = g_path_get_dirname(folder);
  GError *error = NULL;

  g_assert_cmpint(g_mkdir_with_parents(parent, 0700), ==, 0);
  test_write(folder, "in the way", 10);
  g_assert_false(download_entry(entry, NULL, NULL, NULL, &error));
  g_assert_cmpint(error->domain, ==, G_FILE_ERROR);
  test_assert_error_says(&error, folder, "Not a directory");
  g_assert_cmpint(g_atomic_int_get(&self->requests), ==, 1); /* another mirror would not help */
}

static void cancel_cb(const char *file, guint64 done, guint64 total, gpointer data) {
  g_cancellable_cancel(data);
}

static void test_cancel(Server *self, gconstpointer data) {
  g_autoptr(GCancellable) cancellable = g_cancellable_new();
  GError *error = NULL;

  g_assert_false(
      download_entry(entry_of(self, "slow", "good"), cancel_cb, cancellable, cancellable, &error));
  g_assert_error(error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error(&error);
  assert_folder(self, -1);
  g_assert_false(download_entry(&self->entry, NULL, NULL, cancellable, &error));
  g_assert_error(error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error(&error);
}

static void test_built_in(void) {
  GError *error = NULL;

  g_assert_true(download_entry(catalogue_find("drawn_digits"), NULL, NULL, NULL, &error));
  g_assert_no_error(error);
}

#define ADD(name, func) g_test_add("/download/" name, Server, NULL, set_up, func, tear_down)

int main(int argc, char **argv) {
  char *user_data = test_tmp_user_data_dir();
  int status;

  g_setenv("GIO_USE_PROXY_RESOLVER", "dummy", TRUE); /* to this machine, whatever is set up */
  g_test_init(&argc, &argv, NULL);
  ADD("good", test_good);
  ADD("kept", test_kept);
  ADD("second-mirror", test_second_mirror);
  ADD("failures", test_failures);
  ADD("offline", test_offline);
  ADD("no-room", test_no_room);
  ADD("cancel", test_cancel);
  g_test_add_func("/download/built-in", test_built_in);
  status = g_test_run();
  test_remove_dir(user_data);
  return status;
}
