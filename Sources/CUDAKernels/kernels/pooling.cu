/* pooling.cu - one vector for each example's span of rows; a thread for each example (blockIdx.x) and column. */
#pragma once
#include "common.cuh"

/* mean and/or maximum [examples, hidden] (NULL: not wanted), `width` apart, over rows starts[e] ..< starts[e] +
   counts[e] of x; argmax [examples, hidden] is saved, counted from the span's start. */
KERNEL pool_forward(float *mean, float *maximum, int *argmax, const float *x, const int *starts,
                    const int *counts, int width, int hidden) {
  int column = blockIdx.y * blockDim.x + threadIdx.x;
  if (column >= hidden) return;
  u64 example = blockIdx.x;
  int count = counts[example], best = 0;
  const float *first = x + (u64)starts[example] * hidden + column;
  float sum = 0, most = first[0];
  for (int t = 0; t < count; t++) {
    float value = first[(u64)t * hidden];
    sum += value;
    if (value > most) best = t;
    most = fmaxf(most, value);
  }
  if (mean) mean[example * width + column] = sum * (1.0f / count);
  if (maximum) {
    maximum[example * width + column] = most;
    argmax[example * hidden + column] = best;
  }
}

/* Adds to d_x the gradients of mean and/or maximum (NULL: absent). Spans do not overlap. */
KERNEL pool_backward(float *d_x, const float *d_mean, const float *d_maximum, const int *argmax,
                     const int *starts, const int *counts, int width, int hidden) {
  int column = blockIdx.y * blockDim.x + threadIdx.x;
  if (column >= hidden) return;
  u64 example = blockIdx.x;
  int count = counts[example];
  float *first = d_x + (u64)starts[example] * hidden + column;
  if (d_mean) {
    float share = d_mean[example * width + column] * (1.0f / count);
    for (int t = 0; t < count; t++) first[(u64)t * hidden] += share;
  }
  if (d_maximum)
    first[(u64)argmax[example * hidden + column] * hidden] += d_maximum[example * width + column];
}
