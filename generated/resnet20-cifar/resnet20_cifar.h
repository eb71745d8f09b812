// resnet20_cifar, compiled by cnnc. Do not edit.
//
// resnet20_cifar.c needs C99 and the mathematical library (-lm), and nothing else: it allocates nothing and keeps
// nothing, so that any number of threads may run it, each with an arena of its own. Kernels take up to 600 KB of
// stack where they are vectors, and up to 64 KB where they are portable.

#ifndef RESNET20_CIFAR_H
#define RESNET20_CIFAR_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Bytes of memory that a run takes, from the caller: best at a multiple of RESNET20_CIFAR_ARENA_ALIGNMENT, at least at one
/// of a float's size.
#define RESNET20_CIFAR_ARENA_BYTES 278528
#define RESNET20_CIFAR_ARENA_ALIGNMENT 64

/// Images of a run.
#define RESNET20_CIFAR_BATCH 1

/// The input: images one behind the other, each of them channels x height x width floats, row by row.
/// The count is that of all images of a run.
#define RESNET20_CIFAR_INPUT_CHANNELS 3
#define RESNET20_CIFAR_INPUT_HEIGHT 32
#define RESNET20_CIFAR_INPUT_WIDTH 32
#define RESNET20_CIFAR_INPUT_COUNT 3072

/// softmax1: 10 x 1 x 1 floats for each image. The
/// count is that of all images of a run.
#define RESNET20_CIFAR_OUTPUT_COUNT 10

/// The classes, in the order of the output, in UTF-8.
#define RESNET20_CIFAR_LABEL_COUNT 10
extern const char *const resnet20_cifar_labels[RESNET20_CIFAR_LABEL_COUNT];

/// The weights: what the file resnet20_cifar_weights.bin holds, which `cnnc emit --weights` makes, read or mapped to
/// memory that begins at a multiple of 4, best of 64.
#define RESNET20_CIFAR_WEIGHTS_BYTES 2368512

/// Whether `bytes` bytes are weights of this program, as its version of cnnc packs them, and whole: 1 or 0. Reads
/// all of them. On machines that keep numbers' lowest bytes first, as nearly all do.
int resnet20_cifar_weights_are_right(const void *weights, size_t bytes);

/// One image's input from its pixels: 32 rows of 32, red, green and blue side by side.
void resnet20_cifar_preprocess(const uint8_t *pixels, float *input);

/// Computes the output of a batch.
/// @param arena   RESNET20_CIFAR_ARENA_BYTES bytes, whatever is in them
void resnet20_cifar_run(const void *weights, void *arena, const float *input, float *output);

#ifdef __cplusplus
}
#endif

#endif
