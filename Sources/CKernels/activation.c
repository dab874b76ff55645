#include "fast.h"
#include "kernels.h"

#pragma clang fp reassociate(on) contract(fast)

FAST void kernel_bias_gelu_forward(float *restrict out, float *restrict pre,
                                   const float *restrict bias, size_t T, size_t I) {
  for (size_t t = 0; t < T; t++) {
    float *row = pre + t * I, *result = out + t * I;
    ROW_LOOP
    for (size_t i = 0; i < I; i++) {
      float x = row[i] + bias[i], distribution, density;
      fast_normal(x, &distribution, &density);
      row[i] = x;
      result[i] = x * distribution;
    }
  }
}

FAST void kernel_bias_gelu_backward(float *restrict d, float *restrict d_bias,
                                    const float *restrict pre, size_t T, size_t I) {
  for (size_t t = 0; t < T; t++) {
    float *row = d + t * I;
    const float *x = pre + t * I;
    ROW_LOOP
    for (size_t i = 0; i < I; i++) {
      float distribution, density;
      fast_normal(x[i], &distribution, &density);
      float g = row[i] * (distribution + x[i] * density);
      row[i] = g;
      d_bias[i] += g;
    }
  }
}

FAST void kernel_bias_add(float *restrict x, const float *restrict bias, size_t T, size_t N) {
  for (size_t t = 0; t < T; t++) {
    ROW_LOOP
    for (size_t i = 0; i < N; i++) x[t * N + i] += bias[i];
  }
}

FAST void kernel_column_sums(float *restrict d_bias, const float *restrict d, size_t T, size_t N) {
  for (size_t t = 0; t < T; t++) {
    ROW_LOOP
    for (size_t i = 0; i < N; i++) d_bias[i] += d[t * N + i];
  }
}
