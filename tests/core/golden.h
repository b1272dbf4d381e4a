/* Golden values (tests/golden/README.md): a file of cases, each some named tensors and a JSON
 * object that says what they are. */
#pragma once

#include "core/formats/safetensors.h"
#include "core/model/model.h"

#include <json-glib/json-glib.h>

/* The file a test program looks at. */
extern SafeTensors *golden;

/* The numbers of a part of a case; NULL where there is none. */
const float *golden_values(const char *name, const char *part, gsize *n);
/* Within 1e-5 of the largest value; the part must be there. */
void golden_assert_near(const char *name, const char *part, const float *is, gsize n);
void golden_copy(const char *name, const char *part, float *to, gsize n);
/* What the case is; freed with json_object_unref. */
JsonObject *golden_case(const char *name);

/* The parameters of a layer or a model, and their gradients. */
void golden_set_parameters(const char *name, const ParameterSet *set);
void golden_check_gradients(const char *name, const ParameterSet *set);

/* loss[r] = rows · Σ_i y[r, i]·dy[r, i]: with the mean over rows, the gradient of y is dy. */
extern const Op golden_weighted;
