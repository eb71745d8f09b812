#include "cnn.h"

// The rest of the header is implemented in Swift, in CNNCABI.

const char *cnn_status_name(cnn_status status) {
  switch (status) {
    case CNN_OK: return "CNN_OK";
    case CNN_MISUSE: return "CNN_MISUSE";
    case CNN_FAILED: return "CNN_FAILED";
  }
  return NULL;
}
