// In C because Swift's view of the C library lacks these calls in some of its language modes.

#define _GNU_SOURCE
#include "affinity.h"

#include <errno.h>

#if defined(__linux__)

#include <dirent.h>
#include <sched.h>
#include <stdlib.h>

int cnn_use_one_core(void) {
  cpu_set_t core;
  CPU_ZERO(&core);
  CPU_SET(sched_getcpu(), &core);
  DIR *threads = opendir("/proc/self/task");
  if (!threads) return errno;
  int error = 0;
  for (struct dirent *thread; !error && (thread = readdir(threads));) {
    int id = atoi(thread->d_name);
    if (id > 0 && sched_setaffinity(id, sizeof core, &core) != 0) error = errno;
  }
  closedir(threads);
  return error;
}

#else

int cnn_use_one_core(void) { return ENOSYS; }

#endif
