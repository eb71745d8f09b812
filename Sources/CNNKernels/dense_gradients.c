// The gradients of a dense layer, both as sums of outer products: over units for the input's, over images for
// the weights'.

#include "cnn_kernels.h"
#include "geometry.h"
#include "panel.h"

/// y[r][i] = or += the sum over k of a[k][r] * x[k][i]: rows x columns, over `depth` terms.
typedef struct {
  float *y;
  const float *a, *x;
  int64_t rows, columns, depth;
  int64_t y_stride;             // from row to row
  int64_t a_row, a_depth;       // from row to row, and from term to term
  int64_t x_stride;             // from term to term
} product;

/// coefficients[k][r] = a[k][row + r], zero behind the last row.
static void pack_rows(const product *p, int64_t row, int64_t term, int64_t depth, float *coefficients) {
  const float *a = p->a + row * p->a_row + term * p->a_depth;
  for (int64_t k = 0; k < depth; k++)
    for (int64_t r = 0; r < 4; r++)
      coefficients[4 * k + r] = row + r < p->rows ? a[k * p->a_depth + r * p->a_row] : 0;
}

static void multiply(const product *p) {
  float panel[CNN_PANEL_DEPTH * CNN_PANEL_COLUMNS], coefficients[CNN_PANEL_DEPTH * 4];
  for (int64_t column = 0; column < p->columns; column += CNN_PANEL_COLUMNS) {
    const int64_t columns = cnn_min(CNN_PANEL_COLUMNS, p->columns - column);
    for (int64_t term = 0; term < p->depth; term += CNN_PANEL_DEPTH) {
      const int64_t depth = cnn_min(CNN_PANEL_DEPTH, p->depth - term);
      cnn_panel_pack(p->x + term * p->x_stride + column, p->x_stride, depth, columns, panel);
      for (int64_t row = 0; row < p->rows; row += 4) {
        float sums[4][CNN_PANEL_COLUMNS] = {{0}};
        pack_rows(p, row, term, depth, coefficients);
        cnn_panel_multiply(coefficients, panel, depth, columns, sums);
        for (int64_t r = 0; r < cnn_min(4, p->rows - row); r++) {
          float *y = p->y + (row + r) * p->y_stride + column;
          for (int64_t i = 0; i < columns; i++) y[i] = term == 0 ? sums[r][i] : y[i] + sums[r][i];
        }
      }
    }
  }
}

void cnn_dense_input_gradient(void *const *operands, const void *parameters) {
  const cnn_dense_input_gradient_parameters *p = parameters;
  const product dx = {
      .y = operands[0], .a = operands[1], .x = operands[2], .rows = p->batch, .columns = p->depth,
      .depth = p->units, .y_stride = p->dx_stride, .a_row = p->dy_stride, .a_depth = 1,
      .x_stride = p->depth};
  multiply(&dx);
}

void cnn_dense_weight_gradient(void *const *operands, const void *parameters) {
  const cnn_dense_weight_gradient_parameters *p = parameters;
  const product dw = {
      .y = operands[0], .a = operands[2], .x = operands[1], .rows = p->units, .columns = p->depth,
      .depth = p->batch, .y_stride = p->depth, .a_row = 1, .a_depth = p->dy_stride,
      .x_stride = p->x_stride};
  multiply(&dw);
}
