/* The parts an explanation is put together from: private to ui/explain. */
#pragma once

#include "ui/explain/explanation.h"

/* --- explanation_pieces.c: expressions as lines --- */

/* The expression as pieces; `hole` (may be NULL) stands as `hole_text`. Array of ExplanationPiece,
 * caller unrefs. */
GPtrArray *pieces_new(const Expr *expr, const Expr *hole, const char *hole_text);
/* Their texts in a row, or with names instead of the operands' numbers. Caller frees. */
char *pieces_text(const GPtrArray *pieces, gboolean names);
/* "∂loss/∂conv1[3, 14, 7]". Caller frees. */
char *element_name(const Tensor *tensor, gsize offset, gboolean gradient);
double element_value(const Tensor *tensor, gsize offset, gboolean gradient);
/* All the digits a float has, and no more than make it out; a real minus sign. Caller frees. */
char *digits_text(double value);

/* --- explanation_words.c: what is said about a number --- */

/* What it is, by its layer in Keras's words: "Preactivation of Conv2D “conv1”: row 3, …". */
char *words_what(const Graph *graph, const Tensor *tensor, gsize offset, gboolean gradient);
/* The operation, or on the way back the uses, in a sentence. `passes`: the gradient has terms. */
char *words_value(const Graph *graph, const Probe *probe, gboolean drawing, const Tensor *tensor,
                  gsize offset);
char *words_gradient(const Graph *graph, const Tensor *tensor, gboolean passes);
/* Of which step and example the number is. */
char *words_origin(const Probe *probe, gboolean drawing, const Tensor *tensor, gboolean gradient);
/* What the optimizer does with a parameter's gradient; `optimizer` NULL: whichever it is. */
char *words_update(const char *optimizer, double learning_rate, double batch_size);
