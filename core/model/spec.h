/* The text of a model, line by line: private to core/model. */
#pragma once

#include "core/layers/layer.h"

/* Layers of a spec, names and sources filled in and checked, nothing built. NULL on error, which
 * names line and column. */
GPtrArray *spec_parse(const char *spec, GError **error);
void layer_free(Layer *self);
