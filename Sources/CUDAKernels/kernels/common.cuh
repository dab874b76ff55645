/*
 * common.cuh - what all kernels share.
 *
 * Kernels are compiled at run time by NVRTC, without any header of CUDA's. They use plain CUDA C: no templates, no
 * libraries, no dynamic shared memory. Every sum is taken in an order that depends on the shapes alone, and no
 * kernel uses atomics, so that the same input gives the same bits on the same kind of device.
 *
 * Arrays are dense, row-major float32 unless said otherwise; the order of arguments and the meaning of "adds to" are
 * those of CKernels' kernels.h, whose functions these mirror.
 */
#pragma once
#include "cuda_arguments.h"

#define KERNEL extern "C" __global__ void
#define ALL_LANES 0xffffffffu
#define MINUS_INFINITY __uint_as_float(0xff800000u)

typedef unsigned int u32;
typedef unsigned long long u64;

/* Threads of every block that works on one row, and of attention's blocks. The host may start fewer for short
   rows, always a multiple of 32. */
#define THREADS 256

/* The place of this thread in a launch of one-dimensional blocks. */
__device__ inline u64 global_index() { return (u64)blockIdx.x * blockDim.x + threadIdx.x; }
__device__ inline u64 global_count() { return (u64)gridDim.x * blockDim.x; }

__device__ inline float warp_sum(float x) {
  for (int offset = 16; offset > 0; offset /= 2) x += __shfl_xor_sync(ALL_LANES, x, offset);
  return x;
}

/* The sum over the block, for every thread. */
__device__ inline float block_sum(float x) {
  __shared__ float parts[32];
  x = warp_sum(x);
  __syncthreads(); /* the sum before may still be read */
  if (threadIdx.x % 32 == 0) parts[threadIdx.x / 32] = x;
  __syncthreads();
  float sum = 0;
  for (int warp = 0; warp < blockDim.x / 32; warp++) sum += parts[warp];
  return sum;
}

/* The maximum over the block, for every thread. NaN is passed over. */
__device__ inline float block_maximum(float x) {
  __shared__ float parts[32];
  for (int offset = 16; offset > 0; offset /= 2) x = fmaxf(x, __shfl_xor_sync(ALL_LANES, x, offset));
  __syncthreads();
  if (threadIdx.x % 32 == 0) parts[threadIdx.x / 32] = x;
  __syncthreads();
  float most = parts[0];
  for (int warp = 1; warp < blockDim.x / 32; warp++) most = fmaxf(most, parts[warp]);
  return most;
}

/* `fast_hash` of CKernels' fast.h: the CPU and a GPU drop the same elements. */
__device__ inline u32 dropout_hash(u64 key, u32 index) {
  u32 x = index * 0x9E3779B9u + (u32)key;
  x ^= x >> 16;
  x *= 0x7FEB352Du;
  x += (u32)(key >> 32);
  x ^= x >> 15;
  x *= 0x846CA68Bu;
  x ^= x >> 16;
  return x;
}

/* What element `index` is multiplied by. */
__device__ inline float kept(cuda_dropout dropout, u32 index) {
  if (dropout.threshold == 0) return 1.0f;
  return dropout_hash(dropout.key, index) >= dropout.threshold ? dropout.scale : 0.0f;
}
