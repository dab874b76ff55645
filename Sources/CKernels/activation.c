#include "fast.h"
#include "kernels.h"

#pragma clang fp reassociate(on) contract(fast)

FAST void kernel_gelu_forward(float *restrict out, const float *restrict pre, size_t count) {
  for (size_t i = 0; i < count; i++) {
    float distribution, density;
    fast_normal(pre[i], &distribution, &density);
    out[i] = pre[i] * distribution;
  }
}

FAST void kernel_gelu_backward(float *restrict d, const float *restrict pre, size_t count) {
  for (size_t i = 0; i < count; i++) {
    float distribution, density;
    fast_normal(pre[i], &distribution, &density);
    d[i] = d[i] * (distribution + pre[i] * density);
  }
}
