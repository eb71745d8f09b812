#include "cnn_kernels.h"
