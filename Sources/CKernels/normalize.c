#include "fast.h"
#include "kernels.h"

#pragma clang fp reassociate(on) contract(fast)

/* One row: two passes over x, since E[x^2] - E[x]^2 loses digits in float32. */
INLINE void normalize_row(float *restrict out, float *mean, float *inverse, const float *restrict x,
                          const float *restrict weight, const float *restrict bias, float epsilon,
                          size_t H) {
  float sum = 0;
  ROW_LOOP
  for (size_t i = 0; i < H; i++) sum += x[i];
  float m = sum / (float)H, squares = 0;
  ROW_LOOP
  for (size_t i = 0; i < H; i++) squares += (x[i] - m) * (x[i] - m);
  float s = 1.0f / __builtin_elementwise_sqrt(squares / (float)H + epsilon);
  ROW_LOOP
  for (size_t i = 0; i < H; i++) out[i] = (x[i] - m) * s * weight[i] + bias[i];
  *mean = m;
  *inverse = s;
}

/* With n = (x - mean) * inverse and g = d_out * weight: d_x = inverse * (g - mean(g) - n * mean(g n)). */
INLINE void normalize_row_backward(float *d_x, float *restrict d_weight, float *restrict d_bias,
                                   const float *d_out, const float *restrict x, float mean,
                                   float inverse, const float *restrict weight, size_t H) {
  float sum = 0, product = 0;
  ROW_LOOP
  for (size_t i = 0; i < H; i++) {
    float g = d_out[i] * weight[i];
    sum += g;
    product += g * (x[i] - mean);
  }
  sum /= (float)H;
  product *= inverse / (float)H;
  /* d_x may be d_out: an element is read before it is written, which the compiler cannot see. */
  _Pragma("clang loop vectorize_width(16) interleave_count(1) vectorize(assume_safety)")
  for (size_t i = 0; i < H; i++) {
    float n = (x[i] - mean) * inverse, d = d_out[i];
    d_weight[i] += d * n;
    d_bias[i] += d;
    d_x[i] = inverse * (d * weight[i] - sum - n * product);
  }
}

FAST void kernel_normalize_forward(float *restrict out, float *restrict mean,
                                   float *restrict inverse, const float *restrict x,
                                   const float *restrict weight, const float *restrict bias,
                                   float epsilon, size_t T, size_t H) {
  for (size_t t = 0; t < T; t++)
    normalize_row(out + t * H, mean + t, inverse + t, x + t * H, weight, bias, epsilon, H);
}

FAST void kernel_residual_normalize_forward(float *restrict out, float *restrict mean,
                                            float *restrict inverse, float *restrict x,
                                            const float *restrict residual,
                                            const float *restrict weight,
                                            const float *restrict bias, float epsilon,
                                            kernel_dropout dropout, uint32_t first, size_t T,
                                            size_t H) {
  for (size_t t = 0; t < T; t++) {
    float *row = x + t * H;
    const float *add = residual + t * H;
    if (dropout.threshold == 0) {
      ROW_LOOP
      for (size_t i = 0; i < H; i++) row[i] = add[i] + row[i];
    } else {
      uint32_t start = first + (uint32_t)(t * H);
      ROW_LOOP
      for (size_t i = 0; i < H; i++) {
        uint32_t h = fast_hash(dropout.key0, dropout.key1, start + (uint32_t)i);
        float kept = h >= dropout.threshold ? dropout.scale : 0.0f;
        row[i] = add[i] + row[i] * kept;
      }
    }
    normalize_row(out + t * H, mean + t, inverse + t, row, weight, bias, epsilon, H);
  }
}

FAST void kernel_normalize_backward(float *d_x, float *restrict d_weight, float *restrict d_bias,
                                    const float *d_out, const float *restrict x,
                                    const float *restrict mean, const float *restrict inverse,
                                    const float *restrict weight, size_t T, size_t H) {
  for (size_t t = 0; t < T; t++)
    normalize_row_backward(d_x + t * H, d_weight, d_bias, d_out + t * H, x + t * H, mean[t],
                           inverse[t], weight, H);
}

FAST void kernel_residual_normalize_backward(float *restrict d_sum, float *restrict d_branch,
                                             float *restrict d_weight, float *restrict d_bias,
                                             const float *restrict x,
                                             const float *restrict mean,
                                             const float *restrict inverse,
                                             const float *restrict weight, kernel_dropout dropout,
                                             uint32_t first, size_t T, size_t H) {
  for (size_t t = 0; t < T; t++) {
    float *row = d_sum + t * H, *branch = d_branch + t * H;
    normalize_row_backward(row, d_weight, d_bias, row, x + t * H, mean[t], inverse[t], weight, H);
    uint32_t start = first + (uint32_t)(t * H);
    if (dropout.threshold == 0) {
      ROW_LOOP
      for (size_t i = 0; i < H; i++) branch[i] = row[i];
    } else {
      ROW_LOOP
      for (size_t i = 0; i < H; i++) {
        uint32_t h = fast_hash(dropout.key0, dropout.key1, start + (uint32_t)i);
        branch[i] = h >= dropout.threshold ? row[i] * dropout.scale : 0.0f;
      }
    }
  }
}
