#include "fast.h"
#include "kernels.h"

#pragma clang fp reassociate(on) contract(fast)

FAST void kernel_pool_forward(float *restrict mean, float *restrict maximum,
                              int32_t *restrict argmax, const float *restrict x, size_t n,
                              size_t H) {
  if (mean) {
    for (size_t i = 0; i < H; i++) mean[i] = 0;
    for (size_t t = 0; t < n; t++) {
      ROW_LOOP
      for (size_t i = 0; i < H; i++) mean[i] += x[t * H + i];
    }
    float share = 1.0f / (float)n;
    for (size_t i = 0; i < H; i++) mean[i] *= share;
  }
  if (maximum) {
    for (size_t i = 0; i < H; i++) maximum[i] = x[i], argmax[i] = 0;
    for (size_t t = 1; t < n; t++) {
      ROW_LOOP
      for (size_t i = 0; i < H; i++) {
        float value = x[t * H + i];
        argmax[i] = value > maximum[i] ? (int32_t)t : argmax[i];
        maximum[i] = __builtin_elementwise_max(value, maximum[i]);
      }
    }
  }
}

FAST void kernel_pool_backward(float *restrict d_x, const float *restrict d_mean,
                               const float *restrict d_maximum, const int32_t *restrict argmax,
                               size_t n, size_t H) {
  if (d_mean) {
    float share = 1.0f / (float)n;
    for (size_t t = 0; t < n; t++) {
      ROW_LOOP
      for (size_t i = 0; i < H; i++) d_x[t * H + i] += d_mean[i] * share;
    }
  }
  if (d_maximum) {
    for (size_t i = 0; i < H; i++) d_x[(size_t)argmax[i] * H + i] += d_maximum[i];
  }
}
