#include "fast.h"
#include "kernels.h"

FAST void kernel_dropout_apply(float *out, const float *in, kernel_dropout dropout, uint32_t first,
                               size_t count) {
  for (size_t i = 0; i < count; i++) {
    uint32_t h = fast_hash(dropout.key0, dropout.key1, first + (uint32_t)i);
    out[i] = h >= dropout.threshold ? in[i] * dropout.scale : 0.0f;
  }
}
