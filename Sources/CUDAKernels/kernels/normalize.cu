/* normalize.cu - LayerNorm over the last dimension, a block for each row. Every thread has columns of its own,
   threadIdx.x + k * blockDim.x, so that what it writes is for itself to read. */
#pragma once
#include "common.cuh"

/* One row: two passes, since E[x^2] - E[x]^2 loses digits in float32. */
__device__ inline void normalize_row(float *out, float *mean, float *inverse, const float *x,
                                     const float *weight, const float *bias, float epsilon, int hidden) {
  float sum = 0;
  for (int i = threadIdx.x; i < hidden; i += blockDim.x) sum += x[i];
  float m = block_sum(sum) / hidden;
  float squares = 0;
  for (int i = threadIdx.x; i < hidden; i += blockDim.x) squares += (x[i] - m) * (x[i] - m);
  float s = 1.0f / sqrtf(block_sum(squares) / hidden + epsilon);
  for (int i = threadIdx.x; i < hidden; i += blockDim.x)
    out[i] = (x[i] - m) * s * weight[i] + bias[i];
  if (threadIdx.x == 0) {
    *mean = m;
    *inverse = s;
  }
}

KERNEL normalize_forward(float *out, float *mean, float *inverse, const float *x, const float *weight,
                         const float *bias, float epsilon, int hidden) {
  u64 row = blockIdx.x, start = row * hidden;
  normalize_row(out + start, mean + row, inverse + row, x + start, weight, bias, epsilon, hidden);
}

/* x: on entry the branch, on return residual + dropout(branch), the sum that is normalized into `out`. */
KERNEL residual_normalize_forward(float *out, float *mean, float *inverse, float *x,
                                  const float *residual, const float *weight, const float *bias,
                                  float epsilon, cuda_dropout dropout, u32 first, int hidden) {
  u64 row = blockIdx.x, start = row * hidden;
  for (int i = threadIdx.x; i < hidden; i += blockDim.x)
    x[start + i] = residual[start + i] + x[start + i] * kept(dropout, first + (u32)(start + i));
  normalize_row(out + start, mean + row, inverse + row, x + start, weight, bias, epsilon, hidden);
}

/* d: on entry the gradient of `out`, on return that of x. branch (may be NULL): d with x's dropout.
   partial [blocks,2,hidden]: each block's part of the gradients of weight and bias, over its rows.
   With n = (x - mean) * inverse and g = d_out * weight: d_x = inverse * (g - mean(g) - n * mean(g n)). */
KERNEL normalize_backward(float *d, float *branch, float *partial, const float *x, const float *mean,
                          const float *inverse, const float *weight, cuda_dropout dropout, u32 first,
                          int rows, int hidden) {
  float *weight_sums = partial + (u64)blockIdx.x * 2 * hidden, *bias_sums = weight_sums + hidden;
  for (int i = threadIdx.x; i < hidden; i += blockDim.x) weight_sums[i] = bias_sums[i] = 0;
  for (u64 row = blockIdx.x; row < rows; row += gridDim.x) {
    u64 start = row * hidden;
    float m = mean[row], s = inverse[row], sum = 0, product = 0;
    for (int i = threadIdx.x; i < hidden; i += blockDim.x) {
      float g = d[start + i] * weight[i];
      sum += g;
      product += g * (x[start + i] - m);
    }
    sum = block_sum(sum) / hidden;
    product = block_sum(product) * s / hidden;
    for (int i = threadIdx.x; i < hidden; i += blockDim.x) {
      float n = (x[start + i] - m) * s, gradient = d[start + i];
      weight_sums[i] += gradient * n;
      bias_sums[i] += gradient;
      float result = s * (gradient * weight[i] - sum - n * product);
      d[start + i] = result;
      if (branch) {
        float factor = kept(dropout, first + (u32)(start + i));
        branch[start + i] = factor == 0.0f ? 0.0f : result * factor;
      }
    }
  }
}
