/* The data sets the program knows by name: where they are looked for and where they come from. */
#pragma once

#include "core/datasets/dataset.h"
#include <gio/gio.h>

typedef struct {
  const char *file; /* "train-images-idx3-ubyte.gz" */
  const char *md5;  /* as published */
  guint64 size;     /* bytes */
} CatalogueFile;

typedef struct {
  const char *name;           /* "mnist" */
  const char *title;          /* "MNIST: 70,000 handwritten digits" */
  const char *licence;        /* one line */
  const char *const *urls;    /* mirrors of the folder, NULL-ended; NULL for built-in sets */
  const CatalogueFile *files; /* ended by file NULL; NULL: they cannot be downloaded */
  const char *folder; /* where it is under $BATHYSCOPE_DATA; NULL: its name, or it is built in */
  /* Opens it from `folder` (NULL for built-in sets). */
  Dataset *(*open)(const char *folder, GError **error);
} CatalogueEntry;

/* Ended by an entry with name NULL. */
extern const CatalogueEntry CATALOGUE[];

/* Whether the program makes it: there is no folder to look for. */
gboolean catalogue_is_built_in(const CatalogueEntry *entry);

const CatalogueEntry *catalogue_find(const char *name);

/* The folder where an entry's files are: $BATHYSCOPE_DATA/NAME, then
 * $XDG_DATA_HOME/bathyscope/datasets/NAME; NULL if neither has one. Caller frees. */
char *catalogue_locate(const CatalogueEntry *entry);
/* Where `data fetch` puts it. Caller frees. */
char *catalogue_download_folder(const CatalogueEntry *entry);

/* Opens a data set by name or, if `name_or_path` is a folder, the pictures in its folders (as 32 ×
 * 32 × 3) or the IDX files in it. A folder that is
 * there but damaged is an error, never silently replaced. */
Dataset *catalogue_open(const char *name_or_path, GError **error);
/* The first of `names` (NULL-ended) that is there: real data when it has been found, else built in.
 */
Dataset *catalogue_open_first(const char *const *names, GError **error);
