#ifndef SYSTEM_CALL_COUNTER_H
#define SYSTEM_CALL_COUNTER_H

#include <stdint.h>

/// Counts the system calls of all threads of this process from here on; there is no way back. They are done as ever.
/// Not counted is what changes a thread's signals, and what makes and ends threads.
/// @return 0, or an error number: ENOSYS on systems other than Linux on x86-64 and arm64
int cnn_count_system_calls(void);

/// How many there were so far.
int64_t cnn_system_call_count(void);

/// How many of them this thread made.
int64_t cnn_own_system_call_count(void);

#endif
