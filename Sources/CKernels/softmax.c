#include "fast.h"
#include "kernels.h"

#pragma clang fp reassociate(on) contract(fast)

FAST void kernel_softmax_forward(float *restrict p, const float *restrict key_bias, float scale,
                                 size_t rows, size_t L) {
  for (size_t r = 0; r < rows; r++) {
    float *row = p + r * L;
    float factor = scale;
    if (key_bias) {
      for (size_t i = 0; i < L; i++) row[i] = row[i] * scale + key_bias[i];
      factor = 1.0f;
    }
    float maximum = fast_maximum(row, L), sum = 0;
    for (size_t i = 0; i < L; i++) {
      float e = fast_exp((row[i] - maximum) * factor);
      row[i] = e;
      sum += e;
    }
    float inverse = 1.0f / sum;
    for (size_t i = 0; i < L; i++) row[i] *= inverse;
  }
}

/* With q = dropout(p) and d the gradient of q: d_p = d * keep, d_score = p * (d_p - sum(p d_p)). */
FAST void kernel_softmax_backward(float *restrict d, const float *restrict p, float scale,
                                  kernel_dropout dropout, uint32_t first, size_t rows, size_t L) {
  for (size_t r = 0; r < rows; r++) {
    float *row = d + r * L;
    const float *probability = p + r * L;
    float sum = 0;
    if (dropout.threshold == 0) {
      for (size_t i = 0; i < L; i++) sum += row[i] * probability[i];
    } else {
      uint32_t start = first + (uint32_t)(r * L);
      for (size_t i = 0; i < L; i++) {
        uint32_t h = fast_hash(dropout.key0, dropout.key1, start + (uint32_t)i);
        row[i] = h >= dropout.threshold ? row[i] * dropout.scale : 0.0f;
        sum += row[i] * probability[i];
      }
    }
    for (size_t i = 0; i < L; i++) row[i] = probability[i] * (row[i] - sum) * scale;
  }
}
