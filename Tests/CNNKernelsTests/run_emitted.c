// Runs an emitted program on an input, and writes what it computes. Compiled for one program:
//
//   cc -DHEADER='"lenet5.h"' -DPREFIX=lenet5 -DMACRO=LENET5 [-DWEIGHTS_IN_FILE] [-DEXACT_ARENA] run_emitted.c lenet5.c -lm
//   a.out INPUT OUTPUT [WEIGHTS]
//
// INPUT and OUTPUT hold the floats of one batch, for programs of one output. The arena holds rubbish at first, and lies
// between bytes that nothing may write; or it is an exact allocation, for a sanitizer to watch.

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include HEADER

#define PASTE_TEXT(a, b) a##b
#define PASTE(a, b) PASTE_TEXT(a, b)
#define NUMBER(name) PASTE(MACRO, name)
#define FUNCTION(name) PASTE(PREFIX, name)

enum { MARGIN = 4096, RUBBISH = 0xa5 };

static void fail(const char *why) {
  fprintf(stderr, "%s\n", why);
  exit(1);
}

/// Memory that lives to the end, from where it can be reached.
static void *allocate(size_t bytes) {
  static void *memories[8];
  static int count;
  void *memory = calloc(bytes, 1);
  if (memory == NULL || count == 8) fail("no memory");
  return memories[count++] = memory;
}

/// All bytes of a file, at a multiple of 64.
static unsigned char *read_file(const char *path, size_t *count) {
  FILE *file = fopen(path, "rb");
  if (file == NULL || fseek(file, 0, SEEK_END) != 0) fail(path);
  *count = (size_t)ftell(file);
  rewind(file);
  unsigned char *memory = allocate(*count + 128), *bytes = memory + 64 - (uintptr_t)memory % 64;
  if (fread(bytes, 1, *count, file) != *count) fail(path);
  fclose(file);
  return bytes;
}

int main(int count, char **arguments) {
  size_t input_bytes;
  if (count < 3) fail("usage: INPUT OUTPUT [WEIGHTS]");
  const float *input = (const float *)(const void *)read_file(arguments[1], &input_bytes);
  if (input_bytes != NUMBER(_INPUT_COUNT) * sizeof(float)) fail("the input has another size");
#if defined(EXACT_ARENA)
  unsigned char *arena = allocate(NUMBER(_ARENA_BYTES));
  memset(arena, RUBBISH, NUMBER(_ARENA_BYTES));
#else
  unsigned char *memory = allocate(NUMBER(_ARENA_BYTES) + 2 * MARGIN + 64);
  memset(memory, RUBBISH, NUMBER(_ARENA_BYTES) + 2 * MARGIN + 64);
  unsigned char *arena = memory + MARGIN + 64 - (uintptr_t)(memory + MARGIN) % 64;
#endif
  float *output = allocate(NUMBER(_OUTPUT_COUNT) * sizeof(float));

#if defined(WEIGHTS_IN_FILE)
  size_t weight_bytes;
  if (count < 4) fail("usage: INPUT OUTPUT WEIGHTS");
  unsigned char *weights = read_file(arguments[3], &weight_bytes);
  if (weight_bytes != NUMBER(_WEIGHTS_BYTES)) fail("the weights have another size");
  if (!FUNCTION(_weights_are_right)(weights, weight_bytes)) fail("the weights are not this program's");
  // The file's kind, the program that it is for, the weights' hash, the first and the last of them.
  const size_t places[] = {0, 8, 15, 16, 23, 64, weight_bytes - 1};
  for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
    weights[places[i]] ^= 1;
    if (FUNCTION(_weights_are_right)(weights, weight_bytes)) fail("a changed file goes unnoticed");
    weights[places[i]] ^= 1;
  }
  if (FUNCTION(_weights_are_right)(weights, weight_bytes - 1)) fail("shortened weights go unnoticed");
  FUNCTION(_run)(weights, arena, input, output);
#else
  FUNCTION(_run)(arena, input, output);
#endif

#if !defined(EXACT_ARENA)
  for (int i = 1; i <= MARGIN / 2; i++)
    if (arena[-i] != RUBBISH || arena[NUMBER(_ARENA_BYTES) + i - 1] != RUBBISH) fail("written outside of the arena");
#endif
  FILE *file = fopen(arguments[2], "wb");
  if (file == NULL) fail(arguments[2]);
  if (fwrite(output, sizeof(float), NUMBER(_OUTPUT_COUNT), file) != NUMBER(_OUTPUT_COUNT) || fclose(file) != 0)
    fail(arguments[2]);
  return 0;
}
