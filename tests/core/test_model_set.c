/* Several models under their names in one text, their parameters in one set. */
#include "core/model/model_set.h"
#include "tests/core/support.h"

static const char GAN[] = "# a small one\n"
                          "[generator]\n"
                          "input 2\n"
                          "dense 3\n"
                          "\n"
                          "  [discriminator]\n"
                          "input 3\n"
                          "dense 4\n"
                          "dense 1\n";

static void test_sections(void) {
  GError *error = NULL;
  g_autoptr(ModelSet) set = model_set_new(GAN, &error);

  g_assert_no_error(error);
  g_assert_cmpint(set->n, ==, 2);
  g_assert_cmpstr(set->name[0], ==, "generator");
  g_assert_cmpstr(set->scope[1], ==, "discriminator.");
  g_assert_cmpint(set->model[1]->output.dim[0], ==, 1);
  g_assert_cmpint(model_set_find(set, "discriminator"), ==, 1);
  g_assert_cmpint(model_set_find(set, "judge"), ==, -1);
  g_assert_cmpuint(set->first[0], ==, 0);
  g_assert_cmpuint(set->first[1], ==, 2);
  g_assert_cmpuint(set->first[2], ==, 6);
  g_assert_cmpstr(parameters_get(set->parameters, 0)->name, ==, "generator.dense.kernel");
  g_assert_cmpstr(parameters_get(set->parameters, 4)->name, ==, "discriminator.dense_1.kernel");
  g_assert_cmpstr(set->spec, ==, GAN);
}

/* One model alone has no name, and is called as before there were several. */
static void test_single(void) {
  g_autoptr(ModelSet) set = model_set_new("input 2\ndense 3", NULL);

  g_assert_cmpint(set->n, ==, 1);
  g_assert_cmpstr(set->name[0], ==, "");
  g_assert_cmpstr(parameters_get(set->parameters, 0)->name, ==, "dense.kernel");
}

static void test_join(void) {
  static const char *const NAMES[] = {"a", "b"}, *const SPECS[] = {"input 2\ndense 3",
                                                                   "input 1\nflatten\n"};
  g_autofree char *both = model_set_join(NAMES, SPECS, 2), *one = model_set_join(NAMES, SPECS, 1);
  g_autoptr(ModelSet) set = model_set_new(both, NULL);

  g_assert_cmpstr(both, ==, "[a]\ninput 2\ndense 3\n[b]\ninput 1\nflatten\n");
  g_assert_cmpstr(one, ==, SPECS[0]);
  g_assert_cmpint(set->n, ==, 2);
}

/* Lines are counted in the whole text. */
static void test_mistakes(void) {
  static const struct {
    const char *spec, *where, *says;
  } MISTAKES[] = {
      {"[a]\ninput 2\ndens 3\n", "a, line 3, column 1", "did you mean ‘dense’?"},
      {"[a]\ninput 2\ndense 3\n[b]\n input 2\n", "b, line", "needs an input and at least one"},
      {"[a]\ninput 2\ndense 3\n[b]\ninput 2\ndense x\n", "b, line 6, column 7", "not ‘x’"},
      {"[a]\ninput 2\ndense 3\n[a]\ninput 2\ndense 3\n", "line 4", "of that name already: ‘a’"},
      {"[a b]\ninput 2\ndense 3\n", "line 1", "letters, digits, _ and -, not ‘a b’"},
      {"input 2\n[a]\ninput 2\ndense 3\n", "line 1",
       "before the first model's name stands ‘input 2"},
      {"[a]\ninput 1\nflatten\n[b]\ninput 1\nflatten\n[c]\ninput 1\nflatten\n[d]\ninput "
       "1\nflatten\n"
       "[e]\ninput 1\nflatten\n",
       "line 13", "four models at most"},
      {"", "line 1", "needs an input"},
  };

  for (gsize i = 0; i < G_N_ELEMENTS(MISTAKES); i++) {
    GError *error = NULL;
    g_assert_null(model_set_new(MISTAKES[i].spec, &error));
    test_assert_error_says(&error, MISTAKES[i].where, MISTAKES[i].says);
  }
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/model-set/sections", test_sections);
  g_test_add_func("/model-set/single", test_single);
  g_test_add_func("/model-set/join", test_join);
  g_test_add_func("/model-set/mistakes", test_mistakes);
  return g_test_run();
}
