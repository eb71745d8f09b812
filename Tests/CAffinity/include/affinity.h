#ifndef AFFINITY_H
#define AFFINITY_H

/// Confines all threads that this process has to the core that the calling one is on.
/// @return 0, or an error number: ENOSYS on systems other than Linux
int cnn_use_one_core(void);

#endif
