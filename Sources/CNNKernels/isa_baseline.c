// The kernels for what every machine of the architecture has.

#include "system_headers.h"

#include "kernels/registers_baseline.h"
#define CNN_TABLE cnn_kernels_baseline
#define CNN_LIMITS cnn_limits_baseline
#include "kernels/all.h"
