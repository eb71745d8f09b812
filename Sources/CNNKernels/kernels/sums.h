// Long sums in a fixed order: eight sums in float over a short run, the runs' results in double.

#ifndef CNN_SUMS_H
#define CNN_SUMS_H

enum { CNN_SUM_LANES = 8, CNN_SUM_RUN = 512 };

/// Defines a function of a, b, s and count: the sum over i in [0, count) of an expression of a[i],
/// b[i] and s.
#define CNN_DEFINE_SUM(name, expression)                                                       \
  static inline double name(const float *a, const float *b, float s, int64_t count) {          \
    (void)b;                                                                                   \
    (void)s;                                                                                   \
    double total = 0;                                                                          \
    for (int64_t start = 0; start < count; start += CNN_SUM_RUN) {                             \
      const int64_t end = count - start < CNN_SUM_RUN ? count : start + CNN_SUM_RUN;           \
      float lanes[CNN_SUM_LANES] = {0};                                                        \
      int64_t k = start;                                                                       \
      for (; k + CNN_SUM_LANES <= end; k += CNN_SUM_LANES) {                                   \
        for (int64_t lane = 0; lane < CNN_SUM_LANES; lane++) {                                 \
          const int64_t i = k + lane;                                                          \
          lanes[lane] += (expression);                                                         \
        }                                                                                      \
      }                                                                                        \
      float sum = ((lanes[0] + lanes[4]) + (lanes[2] + lanes[6])) +                            \
                  ((lanes[1] + lanes[5]) + (lanes[3] + lanes[7]));                             \
      for (int64_t i = k; i < end; i++) sum += (expression);                                   \
      total += sum;                                                                            \
    }                                                                                          \
    return total;                                                                              \
  }

CNN_DEFINE_SUM(cnn_sum, a[i])

#endif
