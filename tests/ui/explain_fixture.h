/* A look at Day 5 that has trained a little, on drawn digits, made without a session. */
#pragma once

#include "core/session/session.h"

typedef struct {
  Lesson *lesson;
  Dataset *dataset;
  Run *run;
  Snapshot *look; /* validation example 3; `drawing` is training example 5 as a picture */
} ExplainFixture;

/* With `dataset` NULL on drawn digits; takes it over. */
ExplainFixture *explain_fixture_new(Dataset *dataset, guint steps);
void explain_fixture_free(ExplainFixture *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ExplainFixture, explain_fixture_free)
