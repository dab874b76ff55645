/* sums.cu - sums in two stages: parts of fixed size, then the parts in their order. */
#pragma once
#include "common.cuh"

/* partial [parts, columns] = column sums of x [rows, columns], whose rows are `stride` apart; part blockIdx.y has
   rows_per_part rows. A thread for each column. */
KERNEL column_sums(float *partial, const float *x, int stride, int rows_per_part, int rows, int columns) {
  int column = global_index();
  if (column >= columns) return;
  int first = blockIdx.y * rows_per_part, end = min(rows, first + rows_per_part);
  float sum = 0;
  for (int row = first; row < end; row++) sum += x[(u64)row * stride + column];
  partial[(u64)blockIdx.y * columns + column] = sum;
}

/* Adds to sums [columns] the parts' sums, which are `stride` apart. A thread for each column. */
KERNEL add_parts(float *sums, const float *partial, int stride, int parts, int columns) {
  int column = global_index();
  if (column >= columns) return;
  float sum = 0;
  for (int part = 0; part < parts; part++) sum += partial[(u64)part * stride + column];
  sums[column] += sum;
}

/* The sum of x over the block, for thread 0. */
__device__ inline double block_sum_double(double x) {
  __shared__ double parts[THREADS];
  parts[threadIdx.x] = x;
  for (int half = blockDim.x / 2; half > 0; half /= 2) {
    __syncthreads();
    if (threadIdx.x < half) parts[threadIdx.x] += parts[threadIdx.x + half];
  }
  return parts[0];
}

/* partial [blocks] = sums of squares of the numbers that fall to each block. */
KERNEL squares_partial(double *partial, const float *x, u64 count) {
  double sum = 0;
  for (u64 i = global_index(); i < count; i += global_count()) sum += (double)x[i] * x[i];
  sum = block_sum_double(sum);
  if (threadIdx.x == 0) partial[blockIdx.x] = sum;
}

/* total = the sum of partial [parts]; one block. */
KERNEL squares_total(double *total, const double *partial, int parts) {
  double sum = 0;
  for (int i = threadIdx.x; i < parts; i += blockDim.x) sum += partial[i];
  sum = block_sum_double(sum);
  if (threadIdx.x == 0) *total = sum;
}
