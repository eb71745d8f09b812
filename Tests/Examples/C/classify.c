// Classifies a PGM image of 28 x 28 with LeNet-5:
//
//   cc -std=c99 -O3 -march=native -I generated/lenet5 Tests/Examples/C/classify.c generated/lenet5/lenet5.c -lm
//   ./a.out Tests/Examples/C/lenet5.pgm

#include <stdio.h>

#include "lenet5.h"

int main(int count, char **arguments) {
  static union { char bytes[LENET5_ARENA_BYTES]; double alignment; } arena;
  unsigned char pixels[LENET5_INPUT_HEIGHT * LENET5_INPUT_WIDTH];
  float input[LENET5_INPUT_COUNT], scores[LENET5_OUTPUT_COUNT];
  FILE *file = count == 2 ? fopen(arguments[1], "rb") : NULL;
  int width = 0, height = 0;
  if (file == NULL || fscanf(file, "P5 %d %d 255%*c", &width, &height) != 2 || width != LENET5_INPUT_WIDTH ||
      height != LENET5_INPUT_HEIGHT || fread(pixels, sizeof pixels, 1, file) != 1) {
    fprintf(stderr, "usage: %s IMAGE.pgm, of 28 x 28 bytes\n", arguments[0]);
    return 1;
  }
  lenet5_preprocess(pixels, input);
  lenet5_run(&arena, input, scores);
  int best = 0;
  for (int i = 1; i < LENET5_OUTPUT_COUNT; i++)
    if (scores[i] > scores[best]) best = i;
  printf("%s %.5f\n", lenet5_labels[best], scores[best]);
  return 0;
}
