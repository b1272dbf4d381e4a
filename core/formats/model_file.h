/* A saved model: one safetensors file that also says what it is.
 *
 * Parameters stand under their names in Keras's shapes. The metadata holds "format" ("bathyscope"),
 * "version", "spec" (the model's text), "task", and where known "classes" (a JSON array),
 * "dataset", "lesson". What else a saved session holds is core/session/checkpoint.h's.
 */
#pragma once

#include "core/formats/safetensors.h"
#include "core/model/model_set.h"

#define MODEL_FILE_VERSION 1
#define MODEL_FILE_AVERAGE                                                                         \
  "average." /* before the names of averaged parameters, where a saved run                         \
              * has them too */

typedef struct {
  SafeTensors *file;
  ModelSet *models;
  Model *model;             /* the first of them */
  ParameterSet *parameters; /* values only: the averaged ones where there are some */
  char **classes;           /* NULL-ended; NULL where unknown */
} ModelFile;

/* Reads and checks all of it. Errors name the file and say what is wrong with it: not ours, made by
 * a newer program, a parameter missing or of another shape. */
ModelFile *model_file_read(const char *path, GError **error);
ModelFile *model_file_new(SafeTensors *file, const char *name, GError **error);
void model_file_free(ModelFile *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ModelFile, model_file_free)

/* NULL if there is none. */
const char *model_file_metadata(const ModelFile *self, const char *key);
/* Reads the parameters of `set` out of a file; the error names the first that does not fit. */
gboolean model_file_read_parameters(const SafeTensors *file, const char *prefix, ParameterSet *set,
                                    real *values, GError **error);

/* Whether the parameters of `set` (at least one) are there averaged too. */
gboolean model_file_has_average(const SafeTensors *file, const ParameterSet *set);

/* Adds what every saved model has. The values of `set` are borrowed until the writer has saved. */
void model_file_write(SafeTensorsWriter *writer, const ModelSet *models, const ParameterSet *set,
                      const char *const *classes);
/* Adds one block of the layout of `set`, each slice under prefix + its name. */
void model_file_write_block(SafeTensorsWriter *writer, const ParameterSet *set, const char *prefix,
                            const real *values);

/* Writes the model alone in the format its name ends in (.safetensors, .onnx); an unknown ending
 * lists the known ones. */
gboolean model_file_export(const ModelFile *self, const char *path, GError **error);
