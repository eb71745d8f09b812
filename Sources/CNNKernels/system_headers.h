// What the kernels include from elsewhere, before anything is compiled for one instruction set.

#ifndef CNN_SYSTEM_HEADERS_H
#define CNN_SYSTEM_HEADERS_H

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "instruction_sets.h"

#endif
