#include <stddef.h>

#include "cnn_kernels.h"

#define INTEGER_TEXT(name) " i:" #name
#define REAL_TEXT(name) " r:" #name
#define ENTRY(name, fields) {#name, cnn_##name, "" fields(INTEGER_TEXT, REAL_TEXT)},

static const cnn_kernel_entry table[] = {CNN_KERNELS(ENTRY){NULL, NULL, NULL}};

const cnn_kernel_entry *cnn_kernels(void) { return table; }

void cnn_execute(const cnn_call *calls, int64_t count) {
  for (int64_t i = 0; i < count; i++) calls[i].kernel(calls[i].operands, calls[i].parameters);
}
