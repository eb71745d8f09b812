// The gradients of a dense layer, both as sums of outer products: over units for the input's, over images for
// the weights'.

#include "tile.h"
#include "units.h"

enum { OUTER_COLUMNS = 64, OUTER_TERMS = 256 };

/// y[r][i] = the sum over k of a[r][k] * x[k][i]: rows x columns, over `depth` terms. A unit is OUTER_COLUMNS
/// columns.
typedef struct {
  float *y;
  const float *a, *x;
  int64_t rows, columns, depth;
  int64_t y_stride;             // from row to row
  int64_t a_row, a_depth;       // from row to row, and from term to term
  int64_t x_stride;             // from term to term
} outer_product;

static inline int64_t outer_units(int64_t columns) { return (columns + OUTER_COLUMNS - 1) / OUTER_COLUMNS; }

/// y += for the columns of a panel, `width` of them.
static void outer_add(const outer_product *p, const cnn_product *product, int64_t width, float *y) {
  if (width == OUTER_COLUMNS) {
    for (int64_t i = 0; i < OUTER_COLUMNS; i += CNN_TILE_COLUMNS) {
      cnn_product part = *product;
      part.b += i * OUTER_TERMS;
      cnn_add_product(&part, p->rows, CNN_TILE_COLUMNS, y + i, p->y_stride);
    }
    return;
  }
  // Products are a whole number of vectors wide, and y is not.
  for (int64_t row = 0; row < p->rows; row += CNN_TILE_ROWS) {
    const int64_t rows = cnn_min(CNN_TILE_ROWS, p->rows - row);
    for (int64_t i = 0; i < width; i += CNN_TILE_COLUMNS) {
      const int64_t columns = cnn_min(CNN_TILE_COLUMNS, width - i);
      float sums[CNN_TILE_ROWS * CNN_TILE_COLUMNS] = {0};
      cnn_product part = *product;
      part.a += row * p->a_row;
      part.b += i * OUTER_TERMS;
      cnn_add_product(&part, rows, columns, sums, CNN_TILE_COLUMNS);
      for (int64_t r = 0; r < rows; r++)
        for (int64_t j = 0; j < columns; j++)
          y[(row + r) * p->y_stride + i + j] += sums[r * CNN_TILE_COLUMNS + j];
    }
  }
}

static void outer_multiply(const outer_product *p, int64_t first, int64_t end) {
  // Stripes of CNN_TILE_COLUMNS columns, so that a product reads neighbouring memory.
  float panel[OUTER_TERMS * OUTER_COLUMNS];
  int64_t offsets[OUTER_TERMS];
  for (int64_t k = 0; k < OUTER_TERMS; k++) offsets[k] = k * CNN_TILE_COLUMNS;
  for (int64_t unit = first; unit < end; unit++) {
    const int64_t column = unit * OUTER_COLUMNS, width = cnn_min(OUTER_COLUMNS, p->columns - column);
    for (int64_t r = 0; r < p->rows; r++)
      for (int64_t i = 0; i < width; i++) p->y[r * p->y_stride + column + i] = 0;
    for (int64_t term = 0; term < p->depth; term += OUTER_TERMS) {
      const int64_t terms = cnn_min(OUTER_TERMS, p->depth - term);
      for (int64_t k = 0; k < terms; k++) {
        const float *x = p->x + (term + k) * p->x_stride + column;
        for (int64_t i = 0; i < width; i += CNN_TILE_COLUMNS) {
          float *to = panel + i * OUTER_TERMS + k * CNN_TILE_COLUMNS;
          for (int64_t j = 0; j < CNN_TILE_COLUMNS; j++) to[j] = i + j < width ? x[i + j] : 0;
        }
      }
      const cnn_product product = {.a = p->a + term * p->a_depth, .a_row = p->a_row, .a_term = p->a_depth,
                                   .b = panel, .offsets = offsets, .terms = terms};
      outer_add(p, &product, width, p->y + column);
    }
  }
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
