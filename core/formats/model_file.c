#include "core/formats/model_file.h"

#include "core/base/json_scan.h"
#include "core/base/json_text.h"
#include "core/formats/onnx.h"

#include <json-glib/json-glib.h>
#include <string.h>

const char *model_file_metadata(const ModelFile *self, const char *key) {
  return g_hash_table_lookup(self->file->metadata, key);
}

void model_file_free(ModelFile *self) {
  if (self == NULL)
    return;
  safetensors_free(self->file);
  model_set_free(self->models);
  parameters_free(self->parameters);
  g_strfreev(self->classes);
  g_free(self);
}

gboolean model_file_read_parameters(const SafeTensors *file, const char *prefix, ParameterSet *set,
                                    real *values, GError **error) {
  for (guint i = 0; i < set->items->len; i++) {
    const Parameter *item = parameters_get(set, i);
    g_autofree char *name = g_strconcat(prefix, item->name, NULL);
    if (!safetensors_copy_float(file, name, &item->shape, values + item->offset, error))
      return FALSE;
  }
  return TRUE;
}

/* Whether all parameters of `set` are in the file: before memory is allocated for them, which the
 * spec alone could ask for without end. What copies finds the same fault, and says it. */
static gboolean check_parameters(const SafeTensors *file, const ParameterSet *set, GError **error) {
  for (guint i = 0; i < set->items->len; i++) {
    const Parameter *item = parameters_get(set, i);
    const SafeTensor *tensor = safetensors_find(file, item->name);
    gboolean fits = tensor != NULL && tensor->rank == item->shape.rank;
    for (int d = 0; fits && d < item->shape.rank; d++)
      fits = tensor->dim[d] == item->shape.dim[d];
    if (!fits)
      return safetensors_copy_float(file, item->name, &item->shape, NULL, error);
  }
  return TRUE;
}

static gboolean fail(const char *name, GError **error, const char *problem) {
  g_set_error(error, FORMAT_ERROR, FORMAT_ERROR_UNSUPPORTED, "%s: %s", name, problem);
  return FALSE;
}

static gboolean check_version(const ModelFile *self, const char *name, GError **error) {
  const char *format = model_file_metadata(self, "format");
  const char *version = model_file_metadata(self, "version");

  if (format == NULL || !g_str_equal(format, "bathyscope") || version == NULL ||
      model_file_metadata(self, "spec") == NULL)
    return fail(name, error,
                "a safetensors file, but not a model saved by Bathyscope (its metadata "
                "has no spec)");
  guint64 number;
  if (!g_ascii_string_to_unsigned(version, 10, 0, G_MAXUINT32, &number, NULL))
    return fail(name, error, "its version is not a number");
  if (number > MODEL_FILE_VERSION)
    return fail(name, error, "saved by a newer Bathyscope; update the program to open it");
  return TRUE;
}

/* Names of classes belong to a model that says something of each. */
static gboolean classes_fit(const ModelSet *models, const char *const *classes) {
  const Shape *output = &models->model[models->n - 1]->output;

  return output->rank == 1 && (int)g_strv_length((char **)classes) == output->dim[0];
}

static gboolean read_classes(ModelFile *self, const char *name, GError **error) {
  const char *text = model_file_metadata(self, "classes");
  g_auto(JsonScan) scan = {0};

  if (text == NULL)
    return TRUE;
  g_autofree char *where = g_strdup_printf("%s, classes", name);
  json_scan_init(&scan, text, strlen(text), where, FORMAT_ERROR, FORMAT_ERROR_INVALID);
  self->classes = json_scan_strings(&scan);
  if (!json_scan_finish(&scan, error))
    return FALSE;
  if (!classes_fit(self->models, (const char *const *)self->classes))
    return fail(name, error, "the number of class names is not that of the model's outputs");
  return TRUE;
}

gboolean model_file_has_average(const SafeTensors *file, const ParameterSet *set) {
  g_autofree char *name = g_strconcat(MODEL_FILE_AVERAGE, parameters_get(set, 0)->name, NULL);

  return safetensors_find(file, name) != NULL;
}

/* Averages where there are some: they are what was measured. */
static gboolean read_values(ModelFile *self, GError **error) {
  const gboolean average =
      self->parameters->items->len > 0 && model_file_has_average(self->file, self->parameters);

  return model_file_read_parameters(self->file, average ? MODEL_FILE_AVERAGE : "", self->parameters,
                                    self->parameters->value, error);
}

ModelFile *model_file_new(SafeTensors *file, const char *name, GError **error) {
  g_autoptr(ModelFile) self = g_new0(ModelFile, 1);

  self->file = file;
  if (!check_version(self, name, error))
    return NULL;
  self->models = model_set_new(model_file_metadata(self, "spec"), error);
  if (self->models == NULL) {
    g_prefix_error(error, "%s, spec: ", name);
    return NULL;
  }
  self->model = self->models->model[0];
  if (!read_classes(self, name, error))
    return NULL;
  if (!check_parameters(file, self->models->parameters, error)) {
    g_prefix_error(error, "%s: ", name);
    return NULL;
  }
  self->parameters = parameters_new_like(self->models->parameters, FALSE);
  if (!read_values(self, error)) {
    g_prefix_error(error, "%s: ", name);
    return NULL;
  }
  return g_steal_pointer(&self);
}

ModelFile *model_file_read(const char *path, GError **error) {
  SafeTensors *file = safetensors_read(path, error);

  return file != NULL ? model_file_new(file, path, error) : NULL;
}

void model_file_write_block(SafeTensorsWriter *writer, const ParameterSet *set, const char *prefix,
                            const real *values) {
  for (guint i = 0; i < set->items->len; i++) {
    const Parameter *item = parameters_get(set, i);
    g_autofree char *name = g_strconcat(prefix, item->name, NULL);
    gint64 dim[TENSOR_MAX_RANK];
    for (int d = 0; d < item->shape.rank; d++)
      dim[d] = item->shape.dim[d];
    safetensors_writer_add(writer, name, "F32", item->shape.rank, dim, values + item->offset);
  }
}

static char *classes_to_json(const char *const *classes) {
  g_autoptr(JsonNode) node = json_node_new(JSON_NODE_ARRAY);
  JsonArray *array = json_array_new();

  for (int i = 0; classes[i] != NULL; i++)
    json_array_add_string_element(array, classes[i]);
  json_node_take_array(node, array);
  return json_text(node, FALSE);
}

void model_file_write(SafeTensorsWriter *writer, const ModelSet *models, const ParameterSet *set,
                      const char *const *classes) {
  safetensors_writer_metadata(writer, "format", "bathyscope");
  safetensors_writer_metadata(writer, "version", G_STRINGIFY(MODEL_FILE_VERSION));
  safetensors_writer_metadata(writer, "spec", models->spec);
  if (classes != NULL && classes_fit(models, classes)) {
    g_autofree char *json = classes_to_json(classes);
    safetensors_writer_metadata(writer, "classes", json);
  }
  model_file_write_block(writer, set, "", set->value);
}

static gboolean export_safetensors(const ModelFile *self, const char *path, GError **error) {
  static const char *const KEPT[] = {"task", "lesson", "dataset"};
  g_autoptr(SafeTensorsWriter) writer = safetensors_writer_new();

  model_file_write(writer, self->models, self->parameters, (const char *const *)self->classes);
  for (gsize i = 0; i < G_N_ELEMENTS(KEPT); i++)
    if (model_file_metadata(self, KEPT[i]) != NULL)
      safetensors_writer_metadata(writer, KEPT[i], model_file_metadata(self, KEPT[i]));
  return safetensors_writer_save(writer, path, error);
}

/* Layer by layer; `values` remembers what each made, by its name. */
static void add_layers(const ModelFile *self, OnnxGraph *onnx) {
  g_autoptr(GHashTable) values = g_hash_table_new(g_str_hash, g_str_equal);
  const GPtrArray *layers = self->model->layers;
  const char *made = NULL;

  for (guint i = 0; i < layers->len; i++) {
    const Layer *layer = g_ptr_array_index(layers, i);
    const char *read[LAYER_MAX_INPUTS];
    for (int f = 0; f < layer->n_from; f++)
      read[f] = strchr(layer->from[f], '.') != NULL ? layer->from[f]
                                                    : g_hash_table_lookup(values, layer->from[f]);
    made = layer->klass->to_onnx(layer, self->parameters, onnx, read);
    g_hash_table_insert(values, layer->name, (gpointer)made);
  }
  const char *output = onnx_graph_unique(onnx, "output");
  onnx_graph_node(onnx, "Identity", output, (const char *[]){made, NULL},
                  (const char *[]){output, NULL});
  onnx_graph_output(onnx, output, &self->model->output);
}

/* Whether what the layer makes knows which steps are padding. */
static gboolean makes_mask(const Layer *layer) {
  for (int i = 0; layer->klass->arguments[i].name != NULL; i++)
    if (g_str_equal(layer->klass->arguments[i].name, "mask_zero"))
      return layer->values[i].number != 0;
  return FALSE;
}

/* Whether ONNX has this further result of a layer, "encoder.state_h". */
static gboolean knows_result(const GPtrArray *layers, const char *from) {
  const char *end = strchr(from, '.');

  for (guint i = 0; i < layers->len; i++) {
    const Layer *layer = g_ptr_array_index(layers, i);
    if (strncmp(layer->name, from, (gsize)(end - from)) == 0 && layer->name[end - from] == '\0')
      return layer->klass->onnx_states &&
             (g_str_has_suffix(from, ".state_h") || g_str_has_suffix(from, ".state_c"));
  }
  return FALSE;
}

/* One model, of layers that ONNX knows, each reading what ONNX has of a layer. */
static gboolean check_onnx(const ModelFile *self, const char *path, GError **error) {
  const GPtrArray *layers = self->model->layers;
  const char *problem = self->models->n > 1 ? "several models" : NULL;
  gboolean masked = FALSE;

  for (guint i = 0; problem == NULL && i < layers->len; i++) {
    const Layer *layer = g_ptr_array_index(layers, i);
    masked = masked || makes_mask(layer);
    problem = layer->klass->to_onnx == NULL ? layer->klass->keras : NULL;
    if (masked && layer->klass->reads_mask)
      problem = "padding, which is masked";
    for (int f = 0; f < layer->n_from; f++)
      if (strchr(layer->from[f], '.') != NULL && !knows_result(layers, layer->from[f]))
        problem = layer->from[f];
  }
  if (problem == NULL)
    return TRUE;
  g_set_error(error, FORMAT_ERROR, FORMAT_ERROR_UNSUPPORTED,
              "%s: this model cannot be written as ONNX (%s); save it as .safetensors", path,
              problem);
  return FALSE;
}

static gboolean export_onnx(const ModelFile *self, const char *path, GError **error) {
  g_autoptr(OnnxGraph) onnx = onnx_graph_new("bathyscope");

  if (!check_onnx(self, path, error))
    return FALSE;
  add_layers(self, onnx);
  onnx_graph_metadata(onnx, "spec", self->model->spec);
  if (self->classes != NULL && classes_fit(self->models, (const char *const *)self->classes)) {
    g_autofree char *json = classes_to_json((const char *const *)self->classes);
    onnx_graph_metadata(onnx, "classes", json);
  }
  return onnx_graph_save(onnx, path, error);
}

gboolean model_file_export(const ModelFile *self, const char *path, GError **error) {
  if (g_str_has_suffix(path, ".safetensors"))
    return export_safetensors(self, path, error);
  if (g_str_has_suffix(path, ".onnx"))
    return export_onnx(self, path, error);
  g_set_error(error, FORMAT_ERROR, FORMAT_ERROR_UNSUPPORTED,
              "%s: no such format; end the name in .safetensors or .onnx", path);
  return FALSE;
}
