#include "ui/explain/trail.h"

static void push(Trail *trail, gsize place) {
  const Target target = {.tensor = "conv1", .offset = place};
  g_autofree char *title = g_strdup_printf("conv1[%" G_GSIZE_FORMAT "]", place);

  trail_push(trail, &target, FALSE, title);
}

static void assert_at(const TrailEntry *entry, gsize place) {
  g_autofree char *title = g_strdup_printf("conv1[%" G_GSIZE_FORMAT "]", place);

  g_assert_nonnull(entry);
  g_assert_cmpuint(entry->target.offset, ==, place);
  g_assert_cmpstr(entry->title, ==, title);
}

static void test_empty(void) {
  g_autoptr(Trail) trail = trail_new();

  g_assert_null(trail_current(trail));
  g_assert_null(trail_back(trail));
  g_assert_null(trail_forward(trail));
  push(trail, 1);
  assert_at(trail_current(trail), 1);
  g_assert_null(trail_back(trail));
  g_assert_null(trail_forward(trail));
  assert_at(trail_current(trail), 1);
}

static void test_back_and_forward(void) {
  g_autoptr(Trail) trail = trail_new();

  for (gsize i = 1; i <= 4; i++)
    push(trail, i);
  assert_at(trail_back(trail), 3);
  assert_at(trail_back(trail), 2);
  assert_at(trail_peek_back(trail), 1);
  assert_at(trail_peek_forward(trail), 3);
  assert_at(trail_forward(trail), 3);
  assert_at(trail_current(trail), 3);
  push(trail, 9); /* 4 is forgotten */
  g_assert_null(trail_forward(trail));
  assert_at(trail_back(trail), 3);
  assert_at(trail_forward(trail), 9);
}

/* Where one is already is no step; looking back from it keeps what lies forward. */
static void test_same(void) {
  g_autoptr(Trail) trail = trail_new();
  Target target = {.tensor = "conv1", .offset = 2};

  push(trail, 1);
  push(trail, 2);
  trail_back(trail);
  push(trail, 1);
  assert_at(trail_peek_forward(trail), 2);
  trail_forward(trail);
  push(trail, 2);
  g_assert_cmpuint(trail->entries->len, ==, 2);
  trail_push(trail, &target, TRUE, "of the drawing");
  g_assert_cmpuint(trail->entries->len, ==, 3);
  target.gradient = TRUE;
  trail_push(trail, &target, TRUE, "its gradient");
  g_assert_cmpuint(trail->entries->len, ==, 4);
}

static void test_limit(void) {
  g_autoptr(Trail) trail = trail_new();
  guint steps = 0;

  for (gsize i = 1; i <= TRAIL_LIMIT + 50; i++)
    push(trail, i);
  assert_at(trail_current(trail), TRAIL_LIMIT + 50);
  while (trail_back(trail) != NULL)
    steps++;
  g_assert_cmpuint(steps, ==, TRAIL_LIMIT - 1);
  assert_at(trail_current(trail), 51);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/trail/empty", test_empty);
  g_test_add_func("/trail/back-and-forward", test_back_and_forward);
  g_test_add_func("/trail/same", test_same);
  g_test_add_func("/trail/limit", test_limit);
  return g_test_run();
}
