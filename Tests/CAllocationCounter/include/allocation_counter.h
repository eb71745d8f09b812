// Counts the allocations of a thread, to test that running a network makes none.

#ifndef CNN_ALLOCATION_COUNTER_H
#define CNN_ALLOCATION_COUNTER_H

#include <stdint.h>

/// Allocations and reallocations that this thread has made so far; -1 where they cannot be counted.
int64_t cnn_allocation_count(void);

#endif
