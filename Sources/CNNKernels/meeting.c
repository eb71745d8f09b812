// What measures how long threads take to come together.

#include <sched.h>
#include <stdatomic.h>

#include "cnn_pool.h"

enum { PATIENCE = 10000 };  // looks at the counter before others may have the core

void cnn_limit_meeting(void *const *operands, const void *parameters, int64_t first, int64_t end) {
  const cnn_limit_parameters *limit = parameters;
  _Atomic int64_t *arrived = operands[0];
  for (int64_t unit = first; unit < end; unit++) {
    const int64_t before = atomic_fetch_add(arrived, 1);
    const int64_t all = (before / limit->count + 1) * limit->count;
    for (int64_t looks = 0; atomic_load_explicit(arrived, memory_order_acquire) < all; looks++)
      if (looks >= PATIENCE) sched_yield();
  }
}
