// Transforms the weights of a 3x3 convolution: in double, rounded once.

#include "units.h"
#include "winograd_transforms.h"

/// w[3][3] of 16 filters to u[edge][edge].
static void winograd_transform_weights(int64_t tile, double w[9][CNN_PANEL],
                                       double u[WINOGRAD_ELEMENTS][CNN_PANEL]) {
  CNN_UNCONTRACTED
  const double(*g)[3] = winograd_weight_matrix(tile);
  const int64_t edge = tile + 2;
  double rows[WINOGRAD_EDGE][3][CNN_PANEL];
  for (int64_t i = 0; i < edge; i++)
    for (int64_t j = 0; j < 3; j++)
      for (int64_t k = 0; k < CNN_PANEL; k++)
        rows[i][j][k] = g[i][0] * w[j][k] + g[i][1] * w[3 + j][k] + g[i][2] * w[6 + j][k];
  for (int64_t i = 0; i < edge; i++)
    for (int64_t j = 0; j < edge; j++)
      for (int64_t k = 0; k < CNN_PANEL; k++)
        u[i * edge + j][k] = rows[i][0][k] * g[j][0] + rows[i][1][k] * g[j][1] + rows[i][2][k] * g[j][2];
}

CNN_SPLIT(pack_winograd, cnn_channel_blocks(p->filters) * cnn_channel_blocks(p->channels),
          p->filters * p->channels * (p->tile == 2 ? 20 : 60))

/// A unit is a block of filters and one of channels.
CNN_KERNEL(pack_winograd) {
  const cnn_pack_winograd_parameters *p = parameters;
  const float *w = operands[1];
  const int64_t elements = winograd_elements(p->tile), blocks = cnn_channel_blocks(p->channels);
  for (int64_t unit = first; unit < end; unit++) {
    const int64_t filter = unit / blocks * CNN_PANEL, channel = unit % blocks * CNN_PANEL;
    float *u = (float *)operands[0] + filter * elements * blocks * CNN_PANEL + channel * CNN_PANEL;
    for (int64_t c = 0; c < CNN_PANEL; c++) {
      double taps[9][CNN_PANEL] = {{0}};
      double transformed[WINOGRAD_ELEMENTS][CNN_PANEL];
      if (channel + c < p->channels)
        for (int64_t k = 0; k < cnn_min(CNN_PANEL, p->filters - filter); k++)
          for (int64_t tap = 0; tap < 9; tap++)
            taps[tap][k] = w[((filter + k) * p->channels + channel + c) * 9 + tap];
      winograd_transform_weights(p->tile, taps, transformed);
      for (int64_t xi = 0; xi < elements; xi++)
        for (int64_t k = 0; k < CNN_PANEL; k++)
          u[(xi * blocks * CNN_PANEL + c) * CNN_PANEL + k] = (float)transformed[xi][k];
    }
  }
}
