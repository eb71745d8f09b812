// lenet5, compiled by cnnc. Do not edit.
//
// lenet5.c needs C99 and the mathematical library (-lm), and nothing else: it allocates nothing and keeps
// nothing, so that any number of threads may run it, each with an arena of its own. Kernels take up to 600 KB of
// stack where they are vectors, and up to 64 KB where they are portable.

#ifndef LENET5_H
#define LENET5_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Bytes of memory that a run takes, from the caller: best at a multiple of LENET5_ARENA_ALIGNMENT, at least at one
/// of a float's size.
#define LENET5_ARENA_BYTES 7872
#define LENET5_ARENA_ALIGNMENT 64

/// Images of a run.
#define LENET5_BATCH 1

/// The input: images one behind the other, each of them channels x height x width floats, row by row.
/// The count is that of all images of a run.
#define LENET5_INPUT_CHANNELS 1
#define LENET5_INPUT_HEIGHT 28
#define LENET5_INPUT_WIDTH 28
#define LENET5_INPUT_COUNT 784

/// softmax1: 10 x 1 x 1 floats for each image. The
/// count is that of all images of a run.
#define LENET5_OUTPUT_COUNT 10

/// The classes, in the order of the output, in UTF-8.
#define LENET5_LABEL_COUNT 10
extern const char *const lenet5_labels[LENET5_LABEL_COUNT];

/// One image's input from its pixels: 28 rows of 28, all channels of a pixel side by side.
void lenet5_preprocess(const uint8_t *pixels, float *input);

/// Computes the output of a batch.
/// @param arena   LENET5_ARENA_BYTES bytes, whatever is in them
void lenet5_run(void *arena, const float *input, float *output);

#ifdef __cplusplus
}
#endif

#endif
