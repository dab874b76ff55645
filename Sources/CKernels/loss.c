#include <math.h>

#include "fast.h"
#include "kernels.h"

#pragma clang fp reassociate(on) contract(fast)

FAST void kernel_cross_entropy(float *restrict losses, float *restrict logits,
                               const int32_t *restrict labels, float gradient_scale, size_t rows, size_t V) {
  for (size_t r = 0; r < rows; r++) {
    float *row = logits + r * V;
    float maximum = fast_maximum(row, V), sum = 0;
    float scored = row[labels[r]];
    if (gradient_scale == 0) {
      for (size_t i = 0; i < V; i++) sum += fast_exp(row[i] - maximum);
    } else {
      for (size_t i = 0; i < V; i++) {
        float e = fast_exp(row[i] - maximum);
        row[i] = e;
        sum += e;
      }
      float factor = gradient_scale / sum;
      for (size_t i = 0; i < V; i++) row[i] *= factor;
      row[labels[r]] -= gradient_scale;
    }
    losses[r] = logf(sum) + maximum - scored;
  }
}
