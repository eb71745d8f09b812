/*
 * Classifies an image: classify SPEC WEIGHTS IMAGE
 *
 *   cc -std=c99 -I Sources/CCNN/include Tests/Examples/CLibrary/classify.c -L .build/release -lcnn -o classify
 */
#include <cnn.h>
#include <stdio.h>
#include <stdlib.h>

/* Says what went wrong, if anything did, and ends the program. */
static void check(cnn_status status, char **error) {
  if (status == CNN_OK) return;
  fprintf(stderr, "%s\n", *error);
  cnn_text_free(*error);
  exit(1);
}

int main(int argc, char **argv) {
  if (argc != 4) {
    fprintf(stderr, "usage: %s SPEC WEIGHTS IMAGE\n", argv[0]);
    return 64;
  }
  char *error = NULL;
  cnn_network *network;
  check(cnn_network_load(argv[1], argv[2], 1, 1, &network, &error), &error);
  cnn_tensor input, output;
  check(cnn_network_input(network, 0, &input, &error), &error);
  check(cnn_network_output(network, 0, &output, &error), &error);

  float *image = malloc(input.count * sizeof *image);
  float *scores = malloc(output.count * sizeof *scores);
  if (image == NULL || scores == NULL) abort();
  check(cnn_network_read_image(network, argv[3], image, input.count, &error), &error);
  cnn_session *session;
  check(cnn_session_create(network, &session, &error), &error);
  check(cnn_session_run(session, image, input.count, scores, output.count, &error), &error);

  size_t best = 0;
  for (size_t i = 1; i < output.count; i++) {
    if (scores[i] > scores[best]) best = i;
  }
  const char *label = cnn_network_class(network, best);
  printf("%s: %zu %s %.5f\n", cnn_network_name(network), best, label ? label : "?", scores[best]);

  cnn_session_free(session);
  cnn_network_free(network);
  free(image);
  free(scores);
  return 0;
}
