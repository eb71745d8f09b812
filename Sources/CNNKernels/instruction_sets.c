// Which instruction set's kernels run.

#include <stdlib.h>
#include <string.h>

#include "instruction_sets.h"

typedef struct {
  const char *name;
  const cnn_kernel_entry *kernels;
  const cnn_limit_loops *limits;
  int available;
} instruction_set;

enum { COUNT = 3 };

/// All that this machine's architecture has, widest first.
static void list(instruction_set sets[COUNT + 1]) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  const int avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  const int avx512 = avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
                     __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw");
  sets[0] = (instruction_set){"avx512", cnn_kernels_avx512, &cnn_limits_avx512, avx512};
  sets[1] = (instruction_set){"avx2", cnn_kernels_avx2, &cnn_limits_avx2, avx2};
  sets[2] = (instruction_set){"sse2", cnn_kernels_baseline, &cnn_limits_baseline, 1};
  sets[3] = (instruction_set){NULL, NULL, NULL, 0};
#elif defined(__aarch64__)
  sets[0] = (instruction_set){"neon", cnn_kernels_baseline, &cnn_limits_baseline, 1};
  sets[1] = (instruction_set){NULL, NULL, NULL, 0};
#else
  sets[0] = (instruction_set){"scalar", cnn_kernels_baseline, &cnn_limits_baseline, 1};
  sets[1] = (instruction_set){NULL, NULL, NULL, 0};
#endif
}

/// The set in use; its name is NULL where the environment asks for what is not there.
static instruction_set chosen(void) {
  instruction_set sets[COUNT + 1];
  const char *wanted = getenv("CNNC_ISA");
  list(sets);
  for (const instruction_set *set = sets; set->name != NULL; set++)
    if (set->available && (wanted == NULL || strcmp(wanted, set->name) == 0)) return *set;
  return (instruction_set){NULL, cnn_kernels_baseline, NULL, 0};
}

const char *cnn_isa(void) { return chosen().name; }

const cnn_kernel_entry *cnn_kernels(void) { return chosen().kernels; }

int64_t cnn_isa_list(const char **names, int64_t capacity) {
  instruction_set sets[COUNT + 1];
  int64_t count = 0;
  list(sets);
  for (const instruction_set *set = sets; set->name != NULL; set++)
    if (set->available && count < capacity) names[count++] = set->name;
  return count;
}

/// A set of this machine by name; its name is NULL where there is none.
static instruction_set named(const char *name) {
  instruction_set sets[COUNT + 1];
  list(sets);
  for (const instruction_set *set = sets; set->name != NULL; set++)
    if (set->available && strcmp(name, set->name) == 0) return *set;
  return (instruction_set){NULL, NULL, NULL, 0};
}

const cnn_kernel_entry *cnn_kernels_of(const char *isa) { return named(isa).kernels; }

const cnn_limit_loops *cnn_limits_of(const char *isa) { return named(isa).limits; }
