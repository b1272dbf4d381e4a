/* The parts of the page reader: private to core/lesson. */
#pragma once

#include "core/lesson/page.h"

#include <cmark.h>

#define PAGE_MAX_BYTES (1 << 20)
#define PAGE_MAX_DEPTH 16   /* of lists and quotes in each other */
#define PAGE_MAX_STEPS 100  /* of a page */
#define PAGE_MAX_VALUE 4000 /* bytes after a key */

/* page_line.c: the stretches of a paragraph or heading: PageRun, owned by the array. NULL on error.
 */
GPtrArray *page_read_runs(cmark_node *node, const char *name, GError **error);
/* page_check.c: fills the fields of a block from its text and checks them. `line` is the one after
 * the fence. */
gboolean page_read_fields(PageBlock *block, const char *text, const char *name, GError **error);
gboolean page_check_block(const PageBlock *block, const Lesson *lesson, const char *name,
                          GError **error);
/* FALSE with "NAME:LINE: …". */
gboolean page_fail(const char *name, int line, GError **error, const char *format, ...)
    G_GNUC_PRINTF(4, 5);
void page_block_free(gpointer block);
