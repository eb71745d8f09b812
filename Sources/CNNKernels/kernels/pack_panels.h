// Weights in the orders in which the kernels of blocked activations read them.

#include "blocks.h"
#include "units.h"

/// A unit is a panel: 16 filters of a group, or, in the depthwise order, 16 channels.
CNN_SPLIT(pack_panels, p->groups * cnn_channel_blocks(p->filters),
          p->groups * CNN_PANEL * cnn_channel_blocks(p->filters) * (p->channels + CNN_PANEL) * p->taps)

/// Elements [channel][filter] of a panel's tap: to[c * 16 + f] = w[f][c], zeros where there is none.
static void pack_channels(const float *w, int64_t w_filter, int64_t w_channel, int64_t filters, int64_t channels,
                          int64_t rows, int64_t row, float *to) {
  for (int64_t c = 0; c < rows; c++)
    for (int64_t f = 0; f < CNN_PANEL; f++)
      to[c * row + f] = c < channels && f < filters ? w[f * w_filter + c * w_channel] : 0;
}

CNN_KERNEL(pack_panels) {
  const cnn_pack_panels_parameters *p = parameters;
  const int64_t panels = cnn_channel_blocks(p->filters), taps = p->taps;
  const int64_t rows = p->order == CNN_PANELS_BLOCKS ? CNN_PANEL * cnn_channel_blocks(p->channels) : p->channels;
  for (int64_t unit = first; unit < end; unit++) {
    const int64_t panel = unit % panels, filter = unit / panels * p->filters + panel * CNN_PANEL;
    const int64_t filters = cnn_block_channels(p->filters, panel);
    const float *w = (const float *)operands[1] + filter * p->channels * taps;
    float *to = (float *)operands[0] + unit * rows * taps * CNN_PANEL;
    for (int64_t tap = 0; tap < taps; tap++) {
      if (p->order == CNN_PANELS_BLOCKS) {
        // Channels of a block lie side by side, taps behind one another.
        for (int64_t c = 0; c < rows; c += CNN_PANEL)
          pack_channels(w + c * taps + tap, p->channels * taps, taps, filters, p->channels - c, CNN_PANEL, CNN_PANEL,
                        to + (c * taps + tap * CNN_PANEL) * CNN_PANEL);
      } else {
        pack_channels(w + tap, p->channels * taps, taps, filters, p->channels, rows, taps * CNN_PANEL,
                      to + tap * CNN_PANEL);
      }
    }
  }
}
