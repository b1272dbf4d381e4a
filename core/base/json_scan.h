/* JSON read strictly, value by value, for files that people and other programs write.
 *
 * The caller asks for what it expects; whatever else is there is an error that says where. Nothing
 * is built, nothing recurses, and memory is that of the member names of the open objects. Stricter
 * than JSON: a member may come only once, a text holds no NUL.
 *
 * The first error stays: after it every function returns FALSE or NULL, so that a reader checks
 * once, at the end, with json_scan_finish.
 *
 *   for (json_scan_object(scan); json_scan_member(scan, &name);)
 *     if (g_str_equal(name, "day"))
 *       json_scan_integer(scan, &day);
 *     else
 *       json_scan_unknown(scan, KNOWN);
 */
#pragma once

#include <glib.h>

#define JSON_SCAN_MAX_DEPTH 8

typedef enum {
  JSON_SCAN_ERROR, /* also: nothing left */
  JSON_SCAN_OBJECT,
  JSON_SCAN_ARRAY,
  JSON_SCAN_STRING,
  JSON_SCAN_NUMBER,
  JSON_SCAN_BOOLEAN,
  JSON_SCAN_NULL,
} JsonScanKind;

typedef struct {
  GHashTable *names; /* members so far; NULL in an array */
  char *member;      /* owned by names; NULL in an array */
  gboolean first;    /* nothing read of it yet */
} JsonScanLevel;

typedef struct {
  const char *name; /* of the file */
  const char *text, *at, *end;
  const char *value; /* where the last value or member name began: for errors */
  gboolean by_byte;  /* errors give the byte, not the line: for headers of binary files */
  GQuark domain;     /* of errors */
  int code;
  int depth; /* open objects and arrays */
  JsonScanLevel level[JSON_SCAN_MAX_DEPTH];
  GError *error;
} JsonScan;

/* Text and name must outlive it. */
void json_scan_init(JsonScan *self, const char *text, gsize size, const char *name, GQuark domain,
                    int code);
/* Frees what it holds; the error too if nobody took it. */
void json_scan_clear(JsonScan *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(JsonScan, json_scan_clear)

/* What comes next, by its first letter. */
JsonScanKind json_scan_kind(JsonScan *self);

/* Goes into an object; then for each member TRUE and its name (borrowed, until the object ends),
 * its value to be read next; FALSE at its end, or on error. */
gboolean json_scan_object(JsonScan *self);
gboolean json_scan_member(JsonScan *self, const char **name);
/* The same for an array. */
gboolean json_scan_array(JsonScan *self);
gboolean json_scan_element(JsonScan *self);

/* UTF-8 without NUL; caller frees. */
char *json_scan_string(JsonScan *self);
/* An array of texts, NULL-ended; caller frees (g_strfreev). */
char **json_scan_strings(JsonScan *self);
/* Finite; written without fraction and exponent, and fitting; "true" or "false". */
gboolean json_scan_real(JsonScan *self, double *value);
gboolean json_scan_integer(JsonScan *self, gint64 *value);
gboolean json_scan_boolean(JsonScan *self, gboolean *value);
gboolean json_scan_null(JsonScan *self);
/* A text, number or boolean as text ("adam", "0.001", "true"); caller frees. */
char *json_scan_scalar(JsonScan *self, JsonScanKind *kind);

/* An error at the last value or member name, or at a place noted from `value` before. Says file,
 * line (or byte) and the member. Always returns FALSE. */
gboolean json_scan_fail(JsonScan *self, const char *format, ...) G_GNUC_PRINTF(2, 3);
gboolean json_scan_fail_at(JsonScan *self, const char *place, const char *format, ...)
    G_GNUC_PRINTF(3, 4);
/* An error: the member is none of `known` (NULL-ended); names the nearest. Returns FALSE. */
gboolean json_scan_unknown(JsonScan *self, const char *const *known);

/* TRUE when all went well and nothing follows but white space; else the first error. */
gboolean json_scan_finish(JsonScan *self, GError **error);
