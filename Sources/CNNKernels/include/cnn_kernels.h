// The kernels of cnnc: plain C that computes, and nothing else. A kernel gets pointers to its operands,
// what it writes first, and a structure of sizes; it allocates nothing and keeps nothing.
//
// Activations are float32, planar: an image's C x H x W elements lie densely, and the next image of
// the batch follows `..._stride` elements later.

#ifndef CNN_KERNELS_H
#define CNN_KERNELS_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// The signature that all kernels share.
/// @param operands   pointers to tensors, outputs first; NULL where an optional one is left out
/// @param parameters the kernel's own structure, `cnn_NAME_parameters`
typedef void (*cnn_kernel)(void *const *operands, const void *parameters);

/// One call, as the executor runs it: 64 bytes.
typedef struct {
  cnn_kernel kernel;
  const void *parameters;
  void *operands[6];
} cnn_call;

/// Runs calls one after the other.
void cnn_execute(const cnn_call *calls, int64_t count);

/// A kernel by name, with the fields of its structure in order, separated by blanks: `i` before an
/// integer's name and `r` before a real's, `"i:batch r:alpha"`. What fills the structures checks them.
typedef struct {
  const char *name;
  cnn_kernel kernel;
  const char *fields;
} cnn_kernel_entry;

/// All kernels; ends with an entry whose name is NULL.
const cnn_kernel_entry *cnn_kernels(void);

// Each kernel's fields are listed once; the structure and the table's text are made from the list.
#define CNN_INTEGER_FIELD(name) int64_t name;
#define CNN_REAL_FIELD(name) double name;
#define CNN_DECLARE_KERNEL(name, fields)                                             \
  typedef struct {                                                                   \
    fields(CNN_INTEGER_FIELD, CNN_REAL_FIELD)                                        \
  } cnn_##name##_parameters;                                                         \
  void cnn_##name(void *const *operands, const void *parameters);

/// The elementwise functions, by the numbers that `CNNGraph`'s `Activation` gives them.
enum {
  CNN_IDENTITY = 0,
  CNN_RELU = 1,
  CNN_RELU6 = 2,
  CNN_LEAKY_RELU = 3,
  CNN_ELU = 4,
  CNN_SIGMOID = 5,
  CNN_TANH = 6,
  CNN_SCALED_TANH = 7,
  CNN_GELU = 8,
  CNN_SILU = 9,
  CNN_HARD_SIGMOID = 10,
  CNN_HARD_SWISH = 11
};

// y = function(x), elementwise; x may be y. Operands: y, x.
#define CNN_ACTIVATION_FIELDS(INTEGER, REAL) \
  INTEGER(batch) INTEGER(count) INTEGER(y_stride) INTEGER(x_stride) INTEGER(function) REAL(alpha)
CNN_DECLARE_KERNEL(activation, CNN_ACTIVATION_FIELDS)

/// Every kernel with its list of fields.
#define CNN_KERNELS(KERNEL) KERNEL(activation, CNN_ACTIVATION_FIELDS)

#ifdef __cplusplus
}
#endif

#endif
