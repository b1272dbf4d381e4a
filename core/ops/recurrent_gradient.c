/* The gradients of the parameters of recurrent ops: products over all rows and steps. */
#include "core/ops/recurrent_fast.h"

#define LINE 16  /* floats of a cache line */
#define BLOCK 64 /* a product over all rows is cut into blocks of BLOCK × BLOCK */
#define SHARE_WEIGHTS 65536
#define SHARE_ITEM 4096 /* shares are added up in items of so many numbers */

/* The gradient of some columns of a kernel: aᵀ·b, (m, n), over all rows and steps. */
typedef struct {
  int input;  /* the kernel */
  int column; /* the first */
  const float *a;
  int m;
  const float *b;
  gssize b_row;
  int n;
} Product;

/* The gradient of some of the bias: a sum over all rows and steps. */
typedef struct {
  const float *b;
  gssize b_row;
  int first, n; /* of the bias */
} Sum;

typedef struct {
  Product products[3];
  Sum sums[3];
  int n_products, n_sums;
} Work;

static gboolean learns(const Node *self, int input) {
  const Tensor *tensor = recurrent_input(self, input);

  return tensor != NULL && tensor->grad != NULL;
}

static gssize width_of(const Node *self, const Tensor *sums) {
  return (gssize)tensor_row_size(sums) / recurrent_sizes(self).steps;
}

static void add_product(const Node *self, Work *work, int input, const float *a, int m,
                        const Tensor *sums, int column, int n) {
  const gssize row = width_of(self, sums);

  if (learns(self, input))
    work->products[work->n_products++] = (Product){.input = input,
                                                   .column = column,
                                                   .a = a,
                                                   .m = m,
                                                   .b = sums->grad + (row > n ? column : 0),
                                                   .b_row = row,
                                                   .n = n};
}

static void add_sum(const Node *self, Work *work, const Tensor *sums, int first, int n) {
  if (learns(self, RECURRENT_BIAS))
    work->sums[work->n_sums++] = (Sum){sums->grad, width_of(self, sums), first, n};
}

/* Where columns of the recurrent kernel go into sums of their own, so do those of its bias. */
static void list_apart(const Node *self, const RecurrentFast *fast, Work *work) {
  const RecurrentSizes n = recurrent_sizes(self);
  const int shared = n.columns - n.units;
  const Tensor *apart;
  const float *a = fast->apart(self, &apart);

  add_product(self, work, RECURRENT_RECURRENT, a, n.units, apart, shared, n.units);
  if (!recurrent_attrs(self)->reset_after)
    return;
  add_sum(self, work, fast->sums(self), n.columns, shared);
  add_sum(self, work, apart, n.columns + shared, n.units);
}

static Work work_of(const Node *self, const RecurrentFast *fast) {
  const RecurrentSizes n = recurrent_sizes(self);
  const Tensor *sums = fast->sums(self);
  const int shared = fast->apart != NULL ? n.columns - n.units : n.columns;
  Work work = {.n_products = 0};

  add_product(self, &work, RECURRENT_KERNEL, self->input[RECURRENT_X]->value, n.inputs, sums, 0,
              n.columns);
  add_product(self, &work, RECURRENT_RECURRENT, recurrent_all_kept(self), n.units, sums, 0, shared);
  add_sum(self, &work, sums, 0, n.columns);
  if (fast->apart != NULL)
    list_apart(self, fast, &work);
  return work;
}

/* Columns from … from + n - 1 and rows of a product, over `vectors` steps from `first` on. */
static void multiply(const Product *p, gsize first, int vectors, int row, int rows, int from, int n,
                     float *c, gssize c_row, gboolean accumulate) {
  kernels()->gemm(&(Gemm){.m = rows,
                          .n = n,
                          .k = vectors,
                          .a = p->a + first * (gsize)p->m + row,
                          .a_row = 1,
                          .a_col = p->m,
                          .b = p->b + first * (gsize)p->b_row + from,
                          .b_row = p->b_row,
                          .b_col = 1,
                          .c = c + row * c_row + p->column + from,
                          .c_row = c_row,
                          .accumulate = accumulate});
}

/* --- shares: the kernel's gradient, the recurrent kernel's, the bias's --- */

static gsize size_of(const Node *self, int input) {
  const Tensor *tensor = recurrent_input(self, input);

  return tensor != NULL ? (shape_size(&tensor->shape) + LINE - 1) / LINE * LINE : 0;
}

static gsize place_of(const Node *self, int input) {
  gsize place = 0;

  for (int i = RECURRENT_KERNEL; i < input; i++)
    place += size_of(self, i);
  return place;
}

gsize recurrent_share_size(const Node *self) { return place_of(self, RECURRENT_BIAS + 1); }

gboolean recurrent_has_shares(const Node *self) {
  return recurrent_share_size(self) <= SHARE_WEIGHTS;
}

void recurrent_fill_share(const Node *self, const RecurrentFast *fast, Tile tile, float *share) {
  const RecurrentSizes n = recurrent_sizes(self);
  const Work work = work_of(self, fast);
  const gsize first = (gsize)(tile.begin * n.steps);
  const int vectors = (tile.end - tile.begin) * n.steps;

  for (int i = 0; i < work.n_products; i++) {
    const Product *p = &work.products[i];
    multiply(p, first, vectors, 0, p->m, 0, p->n, share + place_of(self, p->input), n.columns,
             FALSE);
  }
  for (int i = 0; i < work.n_sums; i++) {
    const Sum *sum = &work.sums[i];
    kernels()->sum_rows(sum->b + first * (gsize)sum->b_row, sum->b_row, vectors, sum->n,
                        share + place_of(self, RECURRENT_BIAS) + sum->first, FALSE);
  }
}

static int share_items(const Node *self, int input) {
  return learns(self, input) ? (int)((size_of(self, input) + SHARE_ITEM - 1) / SHARE_ITEM) : 0;
}

static void add_shares(const Node *self, int input, int item, int tiles) {
  const Tensor *tensor = self->input[input];
  const gsize from = (gsize)item * SHARE_ITEM;
  gsize row;
  const float *shares = recurrent_shares(self, &row);

  kernels()->sum_rows(shares + place_of(self, input) + from, (gssize)row, tiles,
                      (int)MIN(SHARE_ITEM, shape_size(&tensor->shape) - from), tensor->grad + from,
                      !self->first[input]);
}

/* --- or one product over all rows, cut into blocks --- */

static int parts_of(int n) { return MAX(1, (n + BLOCK / 2) / BLOCK); }

/* Parts start at whole cache lines. */
static int part_begin(int n, int index) {
  return MIN(n, (int)((gint64)((n + LINE - 1) / LINE) * index / parts_of(n)) * LINE);
}

static int blocks_of(const Product *p) { return parts_of(p->m) * parts_of(p->n); }

static void run_block(const Node *self, const Product *p, int block, int vectors) {
  const Tensor *kernel = self->input[p->input];
  const int i = block / parts_of(p->n), j = block % parts_of(p->n);
  const int row = part_begin(p->m, i), column = part_begin(p->n, j);

  multiply(p, 0, vectors, row, part_begin(p->m, i + 1) - row, column,
           part_begin(p->n, j + 1) - column, kernel->grad, kernel->shape.dim[1],
           !self->first[p->input]);
}

static void run_sum(const Node *self, const Sum *sum, int vectors) {
  kernels()->sum_rows(sum->b, sum->b_row, vectors, sum->n,
                      self->input[RECURRENT_BIAS]->grad + sum->first, !self->first[RECURRENT_BIAS]);
}

int recurrent_weight_items(const Node *self, const RecurrentFast *fast) {
  const Work work = work_of(self, fast);
  int items = work.n_sums;

  if (recurrent_has_shares(self))
    return share_items(self, RECURRENT_KERNEL) + share_items(self, RECURRENT_RECURRENT) +
           share_items(self, RECURRENT_BIAS);
  for (int i = 0; i < work.n_products; i++)
    items += blocks_of(&work.products[i]);
  return items;
}

void recurrent_weight_gradient(Node *self, const RecurrentFast *fast, int item, int rows,
                               int tiles) {
  const int vectors = rows * recurrent_sizes(self).steps;
  const Work work = work_of(self, fast);
  int i = 0;

  if (recurrent_has_shares(self)) {
    for (i = RECURRENT_KERNEL; item >= share_items(self, i); i++)
      item -= share_items(self, i);
    add_shares(self, i, item, tiles);
    return;
  }
  for (; i < work.n_products && item >= blocks_of(&work.products[i]); i++)
    item -= blocks_of(&work.products[i]);
  if (i < work.n_products)
    run_block(self, &work.products[i], item, vectors);
  else
    run_sum(self, &work.sums[item], vectors);
}
