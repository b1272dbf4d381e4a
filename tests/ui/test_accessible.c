/* The window as a screen reader meets it: every control has a name, every panel says what it shows.
 *
 * Walks the program's tree over the accessibility bus, as another process. Skipped where there is
 * no such bus.
 */
#include "tests/core/support.h"

#include <atspi/atspi.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#define PATIENCE 60 /* seconds */

static const char *program; /* the path of bathyscope */

typedef struct {
  GPid pid;
  char *home;
} Running;

static Running start(void) {
  Running self = {.home = test_tmp_dir()};
  g_autofree char *config = g_strdup_printf("XDG_CONFIG_HOME=%s/config", self.home);
  g_autofree char *data = g_strdup_printf("XDG_DATA_HOME=%s/data", self.home);
  g_auto(GStrv) environment = g_get_environ();
  char *arguments[] = {(char *)program, NULL};
  GError *error = NULL;

  environment = g_environ_setenv(environment, "XDG_CONFIG_HOME", strchr(config, '=') + 1, TRUE);
  environment = g_environ_setenv(environment, "XDG_DATA_HOME", strchr(data, '=') + 1, TRUE);
  environment = g_environ_setenv(environment, "GTK_A11Y", "atspi", TRUE);
  environment = g_environ_unsetenv(environment, "NO_AT_BRIDGE");
  g_spawn_async(NULL, arguments, environment, G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL, &self.pid,
                &error);
  g_assert_no_error(error);
  return self;
}

static void stop(Running *self) {
  kill(self->pid, SIGTERM);
  waitpid(self->pid, NULL, 0);
  test_remove_dir(self->home);
}

/* --- the tree --- */

static char *name_of(AtspiAccessible *node) {
  char *name = atspi_accessible_get_name(node, NULL);

  return name != NULL ? name : g_strdup("");
}

static AtspiAccessible *find_program(void) {
  AtspiAccessible *desktop = atspi_get_desktop(0);
  const int n = atspi_accessible_get_child_count(desktop, NULL);

  for (int i = 0; i < n; i++) {
    AtspiAccessible *child = atspi_accessible_get_child_at_index(desktop, i, NULL);
    g_autofree char *name = child != NULL ? name_of(child) : NULL;
    if (name != NULL && strstr(name, "bathyscope") != NULL)
      return child;
    g_clear_object(&child);
  }
  return NULL;
}

static AtspiAccessible *wait_for_program(void) {
  for (int i = 0; i < PATIENCE * 10; i++) {
    AtspiAccessible *found = find_program();
    if (found != NULL)
      return found;
    g_usleep(G_USEC_PER_SEC / 10);
  }
  return NULL;
}

typedef struct {
  int controls, unnamed, pictures, undescribed;
} Census;

/* What a person can do something with. */
static gboolean is_control(AtspiRole role) {
  switch (role) {
  case ATSPI_ROLE_PUSH_BUTTON:
  case ATSPI_ROLE_TOGGLE_BUTTON:
  case ATSPI_ROLE_CHECK_BOX:
  case ATSPI_ROLE_RADIO_BUTTON:
  case ATSPI_ROLE_COMBO_BOX:
  case ATSPI_ROLE_SPIN_BUTTON:
  case ATSPI_ROLE_SLIDER:
  case ATSPI_ROLE_ENTRY:
  case ATSPI_ROLE_LIST_ITEM:
  case ATSPI_ROLE_PROGRESS_BAR:
    return TRUE;
  default:
    return FALSE;
  }
}

static gboolean is_shown(AtspiAccessible *node) {
  AtspiStateSet *states = atspi_accessible_get_state_set(node);
  const gboolean shown = states != NULL && atspi_state_set_contains(states, ATSPI_STATE_VISIBLE);

  g_clear_object(&states);
  return shown;
}

static void count(AtspiAccessible *node, AtspiRole parent, Census *census) {
  const AtspiRole role = atspi_accessible_get_role(node, NULL);
  g_autofree char *name = name_of(node);

  /* The two buttons inside a spin button, and the one inside a list, are the toolkit's own. */
  if (is_control(role) && parent != ATSPI_ROLE_SPIN_BUTTON && parent != ATSPI_ROLE_COMBO_BOX) {
    census->controls++;
    census->unnamed += *name == '\0';
    if (*name == '\0') {
      g_autofree char *word = atspi_accessible_get_role_name(node, NULL);
      AtspiAccessible *above = atspi_accessible_get_parent(node, NULL);
      g_autofree char *place = above != NULL ? name_of(above) : g_strdup("?");
      g_test_message("a %s without a name in ‘%s’", word, place);
      g_clear_object(&above);
    }
  }
  if (role == ATSPI_ROLE_IMAGE && *name != '\0' && strstr(name, ". ") != NULL) {
    g_autofree char *description = atspi_accessible_get_description(node, NULL);
    census->pictures++;
    census->undescribed += description == NULL || *description == '\0';
  }
}

static void walk(AtspiAccessible *node, AtspiRole parent, int depth, Census *census) {
  const AtspiRole role = atspi_accessible_get_role(node, NULL);
  const int n = depth < 40 ? atspi_accessible_get_child_count(node, NULL) : 0;

  if (!is_shown(node) && depth > 1)
    return;
  count(node, parent, census);
  for (int i = 0; i < n; i++) {
    AtspiAccessible *child = atspi_accessible_get_child_at_index(node, i, NULL);
    if (child != NULL)
      walk(child, role, depth + 1, census);
    g_clear_object(&child);
  }
}

static void test_names(void) {
  Running running = start();
  AtspiAccessible *root = wait_for_program();
  Census census = {0};

  g_assert_nonnull(root);
  for (int i = 0; i < PATIENCE * 2 && census.pictures < 11; i++) {
    census = (Census){0};
    walk(root, ATSPI_ROLE_INVALID, 0, &census);
    g_usleep(G_USEC_PER_SEC / 2);
  }
  g_test_message("%d controls, %d panels", census.controls, census.pictures);
  g_assert_cmpint(census.pictures, ==, 11);
  g_assert_cmpint(census.undescribed, ==, 0);
  g_assert_cmpint(census.controls, >, 60);
  g_assert_cmpint(census.unnamed, ==, 0);
  g_object_unref(root);
  stop(&running);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  /* What comes and goes while one asks for it is a warning to the library that walks the bus. */
  g_log_set_always_fatal(G_LOG_FATAL_MASK);
  program = g_getenv("BATHYSCOPE_PROGRAM");
  if (g_getenv("DISPLAY") == NULL || atspi_init() > 1) {
    g_print("1..0 # skip there is no display or no accessibility bus\n");
    return 0;
  }
  g_test_add_func("/accessible/names", test_names);
  return g_test_run();
}
