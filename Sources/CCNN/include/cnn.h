/*
 * Runs convolutional networks that are described by specs: the library `CNN` for C and C++.
 *
 * Numbers are 32-bit floats. A tensor is images x channels x height x width, image behind image, without gaps.
 *
 * Every function that can fail returns a status, and a text where `error` is not NULL: on failure `*error` is a new
 * text that `cnn_text_free` takes back, otherwise NULL. It has all that is wrong, with places and remedies, lines
 * apart by newlines. No argument but `error` may be NULL, and every pointer that a failed call was to set is NULL. No
 * function keeps a pointer that it is given, and none has state that others share.
 *
 * Texts are UTF-8.
 */
#ifndef CNN_H
#define CNN_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A network with its weights, compiled for a batch. It never changes: any number of threads may use it at once. */
typedef struct cnn_network cnn_network;

/* The memory of one run at a time. One thread at a time may use it; threads that run at once have one each. */
typedef struct cnn_session cnn_session;

typedef enum cnn_status {
  CNN_OK = 0,
  /* The call is wrong: an argument is NULL, a count or an index is not what the network says. */
  CNN_MISUSE = 1,
  /* What the call names is wrong: a spec, weights, an image, a batch, a number of threads, too little memory. */
  CNN_FAILED = 2
} cnn_status;

/* `CNN_OK` and so on, a constant; NULL for what is no status. */
const char *cnn_status_name(cnn_status status);

/* Frees an error's text. NULL is allowed. */
void cnn_text_free(char *text);

/* ---- Networks ---- */

/*
 * Reads a spec (YAML or JSON) and its weights (safetensors), both by their paths, and compiles them for runs of
 * `batch` images, each computed by `threads` threads together. `cnn_network_free` takes it back. The weights file must
 * not change until the network and all sessions made from it are freed: large tensors are used where they lie in it.
 *
 * Relative paths start from the process's current directory. A file of labels that the spec's `classes` names is looked
 * for in the spec's directory or below; a path that leaves it (absolute, or with `..`) is an error.
 */
cnn_status cnn_network_load(const char *spec, const char *weights, int batch, int threads,
                            cnn_network **network, char **error);

/*
 * As `cnn_network_load`, of a spec's text; `name` is what errors call it and no path. A file of labels that `classes`
 * names is looked for in the process's current directory or below.
 */
cnn_status cnn_network_parse(const char *text, const char *name, const char *weights, int batch, int threads,
                             cnn_network **network, char **error);

/* Frees a network. Sessions made from it go on. NULL is allowed. */
void cnn_network_free(cnn_network *network);

/* The spec's name, as long as the network is there; NULL for NULL. */
const char *cnn_network_name(const cnn_network *network);

/* What goes in or comes out. */
typedef struct cnn_tensor {
  /* As long as the network is there. */
  const char *name;
  /* Images, channels, height, width. */
  size_t shape[4];
  /* How many floats that is. */
  size_t count;
} cnn_tensor;

/* How many tensors go in and come out; 0 for NULL. */
size_t cnn_network_input_count(const cnn_network *network);
size_t cnn_network_output_count(const cnn_network *network);

/* Describes one of them, counted from 0; zeros on failure. */
cnn_status cnn_network_input(const cnn_network *network, size_t index, cnn_tensor *tensor, char **error);
cnn_status cnn_network_output(const cnn_network *network, size_t index, cnn_tensor *tensor, char **error);

/* How many classes have labels; 0 for a spec without `classes` and for NULL. */
size_t cnn_network_class_count(const cnn_network *network);

/* A label, in the order of the scores, as long as the network is there; NULL outside of them and for NULL. */
const char *cnn_network_class(const cnn_network *network, size_t index);

/* ---- Images ---- */

/*
 * Decodes an image file (PNG, JPEG, PNM, .npy), preprocesses it as the spec says and writes one image's
 * channels x height x width floats, which `count` must be. On failure nothing is written.
 */
cnn_status cnn_network_read_image(const cnn_network *network, const char *path, float *input, size_t count,
                                  char **error);

/*
 * The same of pixels: height x width x channels bytes, rows from the top, the channels of a pixel side by side:
 * 1 (gray) or 3 (red, green, blue). At most 2 GiB.
 */
cnn_status cnn_network_read_pixels(const cnn_network *network, const uint8_t *pixels, size_t height, size_t width,
                                   size_t channels, float *input, size_t count, char **error);

/* ---- Running ---- */

/* Takes the memory for one run at a time, and its threads. `cnn_session_free` gives it back. */
cnn_status cnn_session_create(const cnn_network *network, cnn_session **session, char **error);

/* Frees a session. NULL is allowed. */
void cnn_session_free(cnn_session *session);

/*
 * Computes all outputs from the input and writes the first. The counts are those of `cnn_network_input` and
 * `cnn_network_output`; with others nothing is computed. Nothing in a run allocates.
 */
cnn_status cnn_session_run(cnn_session *session, const float *input, size_t input_count, float *output,
                           size_t output_count, char **error);

/* Writes an output of the last run, counted from 0. */
cnn_status cnn_session_output(cnn_session *session, size_t index, float *output, size_t count, char **error);

#ifdef __cplusplus
}
#endif

#endif
