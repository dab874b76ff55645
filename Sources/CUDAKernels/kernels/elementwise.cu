/* elementwise.cu - one number at a time. */
#pragma once
#include "common.cuh"

/* x [rows, columns] += bias, rows `stride` apart; a block for each row. */
KERNEL add_bias(float *x, const float *bias, int stride, int columns) {
  float *row = x + (u64)blockIdx.x * stride;
  for (int i = threadIdx.x; i < columns; i += blockDim.x) row[i] += bias[i];
}

/* out[i] = gelu(pre[i]), the exact form x * Phi(x). */
KERNEL gelu_forward(float *out, const float *pre, u64 count) {
  for (u64 i = global_index(); i < count; i += global_count()) out[i] = pre[i] * normcdff(pre[i]);
}

/* d: on entry the gradient of gelu's output, on return that of `pre`: Phi(x) + x phi(x). */
KERNEL gelu_backward(float *d, const float *pre, u64 count) {
  for (u64 i = global_index(); i < count; i += global_count()) {
    float x = pre[i];
    float density = 0.39894228f * expf(-0.5f * x * x);
    d[i] *= normcdff(x) + x * density;
  }
}

/* x[i] = x[i] * keep(first + i). */
KERNEL dropout_apply(float *x, cuda_dropout dropout, u32 first, u64 count) {
  for (u64 i = global_index(); i < count; i += global_count()) {
    float factor = kept(dropout, first + (u32)i);
    x[i] = factor == 0.0f ? 0.0f : x[i] * factor;
  }
}

/* As `kernel_adamw_step`; leaves gradients 0. */
KERNEL adamw_step(float *weights, float *first_moment, float *second_moment, float *gradients,
                  cuda_adamw settings, u64 count) {
  for (u64 i = global_index(); i < count; i += global_count()) {
    float g = gradients[i] * settings.gradient_scale;
    float m = settings.beta1 * first_moment[i] + settings.rest1 * g;
    float v = settings.beta2 * second_moment[i] + settings.rest2 * g * g;
    first_moment[i] = m;
    second_moment[i] = v;
    float denominator = sqrtf(v) * settings.root + settings.epsilon;
    weights[i] = weights[i] * settings.keep - settings.step * m / denominator;
    gradients[i] = 0;
  }
}
