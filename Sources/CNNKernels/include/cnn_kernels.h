#ifndef CNN_KERNELS_H
#define CNN_KERNELS_H
#include <stdint.h>
#endif
