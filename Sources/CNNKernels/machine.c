#define _GNU_SOURCE
#include <unistd.h>
#ifdef __linux__
#include <sched.h>
#endif

#include "cnn_pool.h"

int64_t cnn_available_cores(void) {
#ifdef __linux__
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0) {
    const int count = CPU_COUNT(&set);
    if (count > 0) return count;
  }
#endif
  const long count = sysconf(_SC_NPROCESSORS_ONLN);
  return count > 0 ? count : 1;
}
