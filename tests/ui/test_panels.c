/* Every panel of the registry keeps the contract of ui/panels/panel.h. */
#include "tests/ui/panel_fixture.h"

#include <locale.h>

static void test_panel(gconstpointer data) { panel_check(data); }

int main(int argc, char **argv) {
  setlocale(LC_ALL, "");
  g_test_init(&argc, &argv, NULL);
  for (const PanelClass *const *klass = PANELS; *klass != NULL; klass++) {
    g_autofree char *path = g_strconcat("/panels/", (*klass)->name, NULL);
    g_test_add_data_func(path, (*klass)->name, test_panel);
  }
  const int status = g_test_run();
  panel_fixture_end();
  return status;
}
