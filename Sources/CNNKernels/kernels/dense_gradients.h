// The gradients of a dense layer, both as sums of outer products: over units for the input's, over images for
// the weights'.

#include "tile.h"
#include "units.h"

enum {
  OUTER_COLUMNS = 64,     // of a unit of work
  OUTER_TERMS = 256,      // of a block,
  OUTER_FLOATS = 32768,   // and of its panel: about half of what the second-level cache holds
  OUTER_ROW = (CNN_TILE_ROWS + CNN_LANES - 1) / CNN_LANES * CNN_LANES
};

/// y[r][i] = the sum over k of a[r][k] * x[k][i]: rows x columns, over `depth` terms. A unit is OUTER_COLUMNS
/// columns.
typedef struct {
  float *y;
  const float *a, *x;
  int64_t rows, columns, depth;
  int64_t y_stride;             // from row to row
  int64_t a_row, a_depth;       // from row to row, and from term to term; one of them is 1
  int64_t x_stride;             // from term to term
} outer_product;

static inline int64_t outer_units(int64_t columns) { return (columns + OUTER_COLUMNS - 1) / OUTER_COLUMNS; }

/// A block of terms and of columns from `column` on.
typedef struct {
  const outer_product *p;
  int64_t term, terms, column, width;
  int64_t stripe;        // floats of the panel's stripes of CNN_TILE_COLUMNS columns
  const float *panel;
} outer_block;

/// Copies a block of x in stripes, so that a product reads neighbouring memory; what a row's last vector has too
/// much is of no meaning. No vector reaches behind x.
static void outer_pack(const outer_block *b, float *panel) {
  const outer_product *p = b->p;
  for (int64_t k = 0; k < b->terms; k++) {
    const float *x = p->x + (b->term + k) * p->x_stride + b->column;
    float *to = panel + k * CNN_TILE_COLUMNS;
    int64_t i = 0;
    for (; i + CNN_TILE_COLUMNS <= b->width; i += CNN_TILE_COLUMNS, to += b->stripe)
      CNN_UNROLL for (int v = 0; v < CNN_TILE_COLUMNS; v += CNN_LANES) cnn_store(to + v, cnn_load(x + i + v));
    for (int64_t j = 0; i + j < cnn_round_up(b->width, CNN_LANES); j++) to[j] = i + j < b->width ? x[i + j] : 0;
  }
}

/// The factors of a few rows side by side, [term][OUTER_ROW]: in a they may be a page apart.
static void outer_pack_factors(const outer_product *p, int64_t row, int64_t rows, int64_t term, int64_t terms,
                               float *factors) {
  const float *a = p->a + row * p->a_row + term * p->a_depth;
  for (int64_t k = 0; k < terms; k++, a += p->a_depth, factors += OUTER_ROW)
    for (int64_t r = 0; r < rows; r++) factors[r] = a[r * p->a_row];
}

/// A few rows of a block.
static void outer_multiply_rows(const outer_block *b, int64_t row, int64_t rows, const cnn_product *product) {
  static const float zeros[CNN_TILE_ROWS] = {0};
  const outer_product *p = b->p;
  const float *start = b->term == 0 ? zeros : NULL;
  float *y = p->y + row * p->y_stride + b->column;
  const float *panel = b->panel;
  int64_t i = 0;
  for (; i + CNN_TILE_COLUMNS <= b->width; i += CNN_TILE_COLUMNS, panel += b->stripe)
    cnn_multiply_tile(product, product->a, panel, start, rows, CNN_TILE_VECTORS, y + i, p->y_stride);
  // Products are a whole number of vectors wide, and y is not.
  for (; i < b->width; i += CNN_LANES, panel += CNN_LANES) {
    float sums[CNN_TILE_ROWS * CNN_LANES];
    const int64_t columns = cnn_min(CNN_LANES, b->width - i);
    cnn_multiply_tile(product, product->a, panel, zeros, rows, 1, sums, CNN_LANES);
    for (int64_t r = 0; r < rows; r++)
      for (int64_t j = 0; j < columns; j++)
        y[r * p->y_stride + i + j] = sums[r * CNN_LANES + j] + (start ? 0 : y[r * p->y_stride + i + j]);
  }
}

/// A block of columns, `term` by `term` terms.
static void outer_multiply_columns(const outer_product *p, int64_t column, int64_t width, int64_t step, float *panel) {
  int64_t offsets[OUTER_TERMS];
  float factors[OUTER_TERMS * OUTER_ROW];
  for (int64_t k = 0; k < step; k++) offsets[k] = k * CNN_TILE_COLUMNS;
  // Blocks of rows of nearly the same height: a low one keeps too few sums to hide their latency.
  const int64_t blocks = (p->rows + CNN_TILE_ROWS - 1) / CNN_TILE_ROWS;
  for (int64_t term = 0; term < p->depth; term += step) {
    outer_block b = {.p = p, .term = term, .terms = cnn_min(step, p->depth - term), .column = column, .width = width,
                     .stripe = step * CNN_TILE_COLUMNS, .panel = panel};
    outer_pack(&b, panel);
    for (int64_t block = 0; block < blocks; block++) {
      const int64_t row = p->rows * block / blocks, rows = p->rows * (block + 1) / blocks - row;
      cnn_product product = {.a = p->a + row * p->a_row + term * p->a_depth, .a_row = p->a_row, .a_term = p->a_depth,
                             .offsets = offsets, .terms = b.terms};
      if (p->a_depth != 1 || p->a_row % 256 == 0) {
        outer_pack_factors(p, row, rows, term, b.terms, factors);
        product.a = factors;
        product.a_row = 1;
        product.a_term = OUTER_ROW;
      }
      outer_multiply_rows(&b, row, rows, &product);
    }
  }
}

static void outer_multiply(const outer_product *p, int64_t first, int64_t end) {
  _Alignas(64) float panel[OUTER_FLOATS];
  // Many terms are taken in parts, which leaves room for long rows of columns: memory is faster so.
  const int64_t step = p->depth <= OUTER_TERMS ? p->depth : OUTER_TERMS / 4;
  const int64_t most = OUTER_FLOATS / step / CNN_TILE_COLUMNS * CNN_TILE_COLUMNS;
  const int64_t last = cnn_min(p->columns, end * OUTER_COLUMNS);
  for (int64_t column = first * OUTER_COLUMNS; column < last; column += most)
    outer_multiply_columns(p, column, cnn_min(most, last - column), step, panel);
}

CNN_SPLIT(dense_input_gradient, outer_units(p->depth), p->batch * p->units * p->depth / 15)

CNN_KERNEL(dense_input_gradient) {
  const cnn_dense_input_gradient_parameters *p = parameters;
  const outer_product dx = {
      .y = operands[0], .a = operands[1], .x = operands[2], .rows = p->batch, .columns = p->depth,
      .depth = p->units, .y_stride = p->dx_stride, .a_row = p->dy_stride, .a_depth = 1,
      .x_stride = p->depth};
  outer_multiply(&dx, first, end);
}

CNN_SPLIT(dense_weight_gradient, outer_units(p->depth), p->batch * p->units * p->depth / 15)

CNN_KERNEL(dense_weight_gradient) {
  const cnn_dense_weight_gradient_parameters *p = parameters;
  const outer_product dw = {
      .y = operands[0], .a = operands[2], .x = operands[1], .rows = p->units, .columns = p->depth,
      .depth = p->batch, .y_stride = p->depth, .a_row = 1, .a_depth = p->dy_stride,
      .x_stride = p->x_stride};
  outer_multiply(&dw, first, end);
}
