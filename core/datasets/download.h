/* Downloads of data sets: with progress, cancel and checksums, resumed nowhere, replaced never. */
#pragma once

#include "core/datasets/catalogue.h"

/* `done` and `total` in bytes over all files of the entry. */
typedef void (*DownloadProgress)(const char *file, guint64 done, guint64 total, gpointer data);

/* Fetches all files of an entry into its download folder, trying its mirrors in order; files that
 * are there with the right checksum are kept. Each is written to a temporary file, checked, then
 * renamed. */
gboolean download_entry(const CatalogueEntry *entry, DownloadProgress progress, gpointer data,
                        GCancellable *cancellable, GError **error);
