/* Products of matrices, one for each row of the batch: y = a·b, either of them turned first.
 *
 *   a (B, …, M, K), b (B, …, K, N) or the same (K, N) for all, a parameter; y (B, …, M, N)
 *
 * Turned ones are (…, K, M) and (…, N, K). A row of the batch may hold several matrices. Beside a
 * parameter, a may be a vector, (B, K), and so is y then.
 */
#include "core/ops/ops.h"

static const MatmulAttrs *attrs_of(const Node *self) { return self->attrs; }

/* The sizes of one product, and how many there are in a row of the batch. */
typedef struct {
  gsize m, n, k, count;
} Sizes;

/* A matrix of either input or of the output: the element at (i, j) is the one at i·row + j·col. */
typedef struct {
  gsize row, col;
} Layout;

static gsize dim(const Tensor *x, int from_end) {
  const int axis = x->shape.rank - from_end;

  return axis > 0 || !x->batched ? (gsize)x->shape.dim[axis] : 1;
}

static Sizes sizes_of(const Node *self) {
  const gboolean ta = attrs_of(self)->transpose_a, tb = attrs_of(self)->transpose_b;
  Sizes sizes = {.m = dim(self->input[0], ta ? 1 : 2),
                 .k = dim(self->input[0], ta ? 2 : 1),
                 .n = dim(self->input[1], tb ? 2 : 1)};

  sizes.count = tensor_row_size(self->input[0]) / (sizes.m * sizes.k);
  return sizes;
}

static Layout layout(gsize rows, gsize columns, gboolean turned) {
  return turned ? (Layout){1, rows} : (Layout){columns, 1};
}

static Layout layout_a(const Node *self, const Sizes *s) {
  return layout(s->m, s->k, attrs_of(self)->transpose_a);
}
static Layout layout_b(const Node *self, const Sizes *s) {
  return layout(s->k, s->n, attrs_of(self)->transpose_b);
}

/* Where the b of product i begins; i counts through all rows. */
static gsize begin_b(const Node *self, const Sizes *s, gsize i) {
  return self->input[1]->batched ? i * s->k * s->n : 0;
}

static gboolean fits(const Node *self) {
  const Tensor *a = self->input[0], *b = self->input[1];
  const gboolean ta = attrs_of(self)->transpose_a, tb = attrs_of(self)->transpose_b;
  const int least = b->batched || ta ? 3 : 2;

  if (a->shape.rank < least || b->shape.rank != (b->batched ? a->shape.rank : 2))
    return FALSE;
  for (int axis = 0; b->batched && axis < a->shape.rank - 2; axis++)
    if (a->shape.dim[axis] != b->shape.dim[axis])
      return FALSE;
  return dim(a, ta ? 2 : 1) == dim(b, tb ? 1 : 2);
}

static gboolean matmul_shape(Node *self, GError **error) {
  Shape y = self->input[0]->shape;

  if (!fits(self)) {
    g_autofree char *a = shape_to_string(&y), *b = shape_to_string(&self->input[1]->shape);
    g_set_error(error, MODEL_ERROR, MODEL_ERROR_SHAPE,
                "multiplies matrices, so the %s of the first are as many as the %s of the second, "
                "and all sizes before them are the same; they are %s and %s",
                attrs_of(self)->transpose_a ? "rows" : "columns",
                attrs_of(self)->transpose_b ? "columns" : "rows", a, b);
    return FALSE;
  }
  const Sizes s = sizes_of(self);
  if (y.rank > 2)
    y.dim[y.rank - 2] = (int)s.m;
  y.dim[y.rank - 1] = (int)s.n;
  node_set_output(self, 0, &y);
  return TRUE;
}

static void matmul_forward(Node *self, Tile tile) {
  const Sizes s = sizes_of(self);
  const Layout la = layout_a(self, &s), lb = layout_b(self, &s);

  for (gsize i = (gsize)tile.begin * s.count; i < (gsize)tile.end * s.count; i++) {
    const real *a = self->input[0]->value + i * s.m * s.k;
    const real *b = self->input[1]->value + begin_b(self, &s, i);
    for (gsize m = 0; m < s.m; m++)
      for (gsize n = 0; n < s.n; n++) {
        real sum = 0;
        for (gsize k = 0; k < s.k; k++)
          sum += a[m * la.row + k * la.col] * b[k * lb.row + n * lb.col];
        self->output[0]->value[(i * s.m + m) * s.n + n] = sum;
      }
  }
}

static void matmul_backward(Node *self, Tile tile) {
  const Sizes s = sizes_of(self);
  const Layout la = layout_a(self, &s), lb = layout_b(self, &s);
  const Tensor *a = self->input[0], *b = self->input[1];

  for (gsize i = (gsize)tile.begin * s.count; i < (gsize)tile.end * s.count; i++)
    for (gsize m = 0; m < s.m; m++)
      for (gsize n = 0; n < s.n; n++)
        for (gsize k = 0; k < s.k; k++) {
          const real dy = self->output[0]->grad[(i * s.m + m) * s.n + n];
          const gsize at_a = i * s.m * s.k + m * la.row + k * la.col;
          const gsize at_b = begin_b(self, &s, i) + k * lb.row + n * lb.col;
          if (a->grad != NULL)
            a->grad[at_a] += dy * b->value[at_b];
          if (b->grad != NULL)
            b->grad[at_b] += dy * a->value[at_a];
        }
}

static double matmul_flops(const Node *self) {
  const Sizes s = sizes_of(self);

  return 2.0 * (double)(s.count * s.m * s.n * s.k);
}

static double matmul_flops_backward(const Node *self, int input) { return matmul_flops(self); }

static Expr *matmul_explain(const Node *self, gsize offset) {
  const Sizes s = sizes_of(self);
  const Layout la = layout_a(self, &s), lb = layout_b(self, &s);
  const gsize n = offset % s.n, m = offset / s.n % s.m, i = offset / (s.n * s.m);
  Expr *sum = expr_sum();

  for (gsize k = 0; k < s.k; k++)
    expr_add(sum,
             expr_multiply(
                 expr_operand(self->input[0], i * s.m * s.k + m * la.row + k * la.col),
                 expr_operand(self->input[1], begin_b(self, &s, i) + k * lb.row + n * lb.col)));
  return sum;
}

/* Σ_n dy[m, n]·b[k, n] */
static Expr *explain_a(const Node *self, gsize offset) {
  const Sizes s = sizes_of(self);
  const Layout la = layout_a(self, &s), lb = layout_b(self, &s);
  const gsize i = offset / (s.m * s.k), within = offset % (s.m * s.k);
  const gsize m = within / la.row % s.m, k = within / la.col % s.k;
  Expr *sum = expr_sum();

  for (gsize n = 0; n < s.n; n++)
    expr_add(sum, expr_multiply(expr_gradient(self->output[0], (i * s.m + m) * s.n + n),
                                expr_operand(self->input[1],
                                             begin_b(self, &s, i) + k * lb.row + n * lb.col)));
  return sum;
}

/* Σ_m dy[m, n]·a[m, k], over all products that share b. */
static Expr *explain_b(const Node *self, gsize offset, int rows) {
  const Sizes s = sizes_of(self);
  const Layout la = layout_a(self, &s), lb = layout_b(self, &s);
  const gboolean own = self->input[1]->batched;
  const gsize within = offset % (s.k * s.n), first = own ? offset / (s.k * s.n) : 0;
  const gsize k = within / lb.row % s.k, n = within / lb.col % s.n;
  Expr *sum = expr_sum();

  for (gsize i = first; i < (own ? first + 1 : (gsize)rows * s.count); i++)
    for (gsize m = 0; m < s.m; m++)
      expr_add(sum, expr_multiply(
                        expr_gradient(self->output[0], (i * s.m + m) * s.n + n),
                        expr_operand(self->input[0], i * s.m * s.k + m * la.row + k * la.col)));
  return sum;
}

static Expr *matmul_explain_gradient(const Node *self, int input, gsize offset, int rows) {
  return input == 0 ? explain_a(self, offset) : explain_b(self, offset, rows);
}

#ifndef REAL_DOUBLE
#include "core/kernels/kernels.h"

/* A matrix in memory, and the same turned. */
typedef struct {
  float *at;
  gsize row, col;
} Matrix;

static Matrix matrix(float *at, Layout layout) { return (Matrix){at, layout.row, layout.col}; }
static Matrix turned(Matrix x) { return (Matrix){x.at, x.col, x.row}; }

/* c (rows × columns, packed) (+)= a·b */
static void multiply(float *c, gsize rows, gsize columns, gsize k, Matrix a, Matrix b,
                     gboolean accumulate) {
  kernels()->gemm(&(Gemm){.m = (int)rows,
                          .n = (int)columns,
                          .k = (int)k,
                          .a = a.at,
                          .a_row = (gssize)a.row,
                          .a_col = (gssize)a.col,
                          .b = b.at,
                          .b_row = (gssize)b.row,
                          .b_col = (gssize)b.col,
                          .c = c,
                          .c_row = (gssize)columns,
                          .accumulate = accumulate});
}

/* Products that share b, of matrices that follow each other, are one. */
static Sizes joined(const Node *self, Tile tile, gsize *from, gsize *end) {
  Sizes s = sizes_of(self);
  const gsize all = (gsize)(tile.end - tile.begin) * s.count;
  const gboolean one = !self->input[1]->batched && !attrs_of(self)->transpose_a;

  *from = one ? 0 : (gsize)tile.begin * s.count;
  *end = one ? 1 : *from + all;
  s.m *= one ? all : 1;
  return s;
}

static gsize offset_of(const Node *self, Tile tile, const Tensor *x) {
  return (gsize)tile.begin * tensor_row_size(x);
}

/* The matrices of product i, counted from the first of the tile. */
static Matrix matrix_a(const Node *self, Tile tile, const Sizes *s, gsize i) {
  return matrix(self->input[0]->value + offset_of(self, tile, self->input[0]) + i * s->m * s->k,
                layout_a(self, s));
}
static Matrix matrix_b(const Node *self, Tile tile, const Sizes *s, gsize i) {
  const gsize from =
      self->input[1]->batched ? offset_of(self, tile, self->input[1]) + i * s->k * s->n : 0;

  return matrix(self->input[1]->value + from, layout_b(self, s));
}
static Matrix matrix_y(const Node *self, Tile tile, const Sizes *s, float *y, gsize i) {
  return matrix(y + offset_of(self, tile, self->output[0]) + i * s->m * s->n,
                layout(s->m, s->n, FALSE));
}

static void fast_forward(Node *self, Tile tile) {
  gsize from, end;
  const Sizes s = joined(self, tile, &from, &end);

  for (gsize i = 0; i < end - from; i++)
    multiply(matrix_y(self, tile, &s, self->output[0]->value, i).at, s.m, s.n, s.k,
             matrix_a(self, tile, &s, i), matrix_b(self, tile, &s, i), FALSE);
}

/* da = dy·bᵀ, or turned: b·dyᵀ */
static void gradient_a(Node *self, Tile tile) {
  gsize from, end;
  const Sizes s = joined(self, tile, &from, &end);
  const gboolean add = !self->first[0];
  float *grad = self->input[0]->grad + offset_of(self, tile, self->input[0]);

  for (gsize i = 0; i < end - from; i++, grad += s.m * s.k) {
    const Matrix dy = matrix_y(self, tile, &s, self->output[0]->grad, i);
    const Matrix b = matrix_b(self, tile, &s, i);
    if (attrs_of(self)->transpose_a)
      multiply(grad, s.k, s.m, s.n, b, turned(dy), add);
    else
      multiply(grad, s.m, s.k, s.n, dy, turned(b), add);
  }
}

/* Rows begin … begin + n - 1 of db = aᵀ·dy, or turned: dyᵀ·a; of product i. */
static void gradient_b_rows(Node *self, Tile tile, const Sizes *s, gsize i, float *grad,
                            gsize begin, gsize n, gboolean add) {
  Matrix dy = matrix_y(self, tile, s, self->output[0]->grad, i), a = matrix_a(self, tile, s, i);
  const gboolean tb = attrs_of(self)->transpose_b;
  const gsize columns = tb ? s->k : s->n;
  Matrix left = turned(tb ? dy : a);

  left.at += begin * left.row;
  multiply(grad + begin * columns, n, columns, s->m, left, tb ? a : dy, add);
}

static gsize rows_of_b(const Node *self, const Sizes *s) {
  return attrs_of(self)->transpose_b ? s->n : s->k;
}

static void gradient_b(Node *self, Tile tile) {
  const Sizes s = sizes_of(self);
  const gsize n = (gsize)(tile.end - tile.begin) * s.count;
  float *grad = self->input[1]->grad + offset_of(self, tile, self->input[1]);

  for (gsize i = 0; i < n; i++, grad += s.k * s.n)
    gradient_b_rows(self, tile, &s, i, grad, 0, rows_of_b(self, &s), !self->first[1]);
}

static void fast_backward(Node *self, Tile tile) {
  if (self->input[0]->grad != NULL)
    gradient_a(self, tile);
  if (self->input[1]->batched && self->input[1]->grad != NULL)
    gradient_b(self, tile);
}

#define ITEM_ROWS 32 /* of the parameter */

static int weight_items(const Node *self) {
  const Sizes s = sizes_of(self);
  const gboolean learned = !self->input[1]->batched && self->input[1]->grad != NULL;

  return learned ? (int)((rows_of_b(self, &s) + ITEM_ROWS - 1) / ITEM_ROWS) : 0;
}

static void weight_gradient(Node *self, int item, int rows, int tiles) {
  const Tile all = {0, rows, 0, rows};
  gsize from, end;
  const Sizes s = joined(self, all, &from, &end);
  const gsize begin = (gsize)item * ITEM_ROWS, n = MIN(rows_of_b(self, &s) - begin, ITEM_ROWS);

  for (gsize i = from; i < end; i++)
    gradient_b_rows(self, all, &s, i, self->input[1]->grad, begin, n, !self->first[1] || i > 0);
}

static const FastKernels FAST = {.forward = fast_forward,
                                 .backward = fast_backward,
                                 .weight_items = weight_items,
                                 .weight_gradient = weight_gradient};
#endif

#define ONE_FOR_ALL                                                                                \
  { FALSE, TRUE }

static const OpSample SAMPLES[] = {
    {.input = {SHAPE(3, 4, 5), SHAPE(3, 5, 6)}},
    {.input = {SHAPE(3, 5, 4), SHAPE(3, 5, 6)}, .attrs = &(const MatmulAttrs){TRUE, FALSE}},
    {.input = {SHAPE(5, 2, 4, 5), SHAPE(5, 2, 18, 5)}, .attrs = &(const MatmulAttrs){FALSE, TRUE}},
    {.input = {SHAPE(3, 5, 4), SHAPE(3, 6, 5)}, .attrs = &(const MatmulAttrs){TRUE, TRUE}},
    {.input = {SHAPE(9, 7, 19), SHAPE(9, 19, 37)}},
    {.input = {SHAPE(9, 19), SHAPE(19, 37)}, .parameter = ONE_FOR_ALL},
    {.input = {SHAPE(5, 3, 19), SHAPE(70, 19)},
     .attrs = &(const MatmulAttrs){FALSE, TRUE},
     .parameter = ONE_FOR_ALL},
    {.input = {SHAPE(3, 2, 5, 7), SHAPE(5, 40)},
     .attrs = &(const MatmulAttrs){TRUE, FALSE},
     .parameter = ONE_FOR_ALL},
    {.input = {SHAPE(3, 2, 5, 7), SHAPE(9, 5)},
     .attrs = &(const MatmulAttrs){TRUE, TRUE},
     .parameter = ONE_FOR_ALL},
    {{{0}}},
};

const Op op_matmul = {
    .name = "matmul",
    .formula = "y_{mn} = \\sum_k a_{mk}\\,b_{kn}",
    .attrs_size = sizeof(MatmulAttrs),
    .inputs = "xx",
    .shape = matmul_shape,
    .forward = matmul_forward,
    .backward = matmul_backward,
#ifndef REAL_DOUBLE
    .fast = &FAST,
#endif
    .flops = matmul_flops,
    .flops_backward = matmul_flops_backward,
    .explain = matmul_explain,
    .explain_gradient = matmul_explain_gradient,
    .samples = SAMPLES,
};
