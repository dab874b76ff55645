#include "fast.h"
#include "kernels.h"

#pragma clang fp reassociate(on) contract(fast)

FAST void kernel_column_sums(float *restrict sums, const float *restrict x, size_t T, size_t N) {
  for (size_t t = 0; t < T; t++) {
    ROW_LOOP
    for (size_t i = 0; i < N; i++) sums[i] += x[t * N + i];
  }
}

FAST double kernel_sum_of_squares(const float *restrict x, size_t count) {
  double total = 0;
  for (size_t start = 0; start < count; start += 4096) {
    size_t end = start + 4096 < count ? start + 4096 : count;
    float sum = 0;
    for (size_t i = start; i < end; i++) sum += x[i] * x[i];
    total += (double)sum;
  }
  return total;
}
