/*
 * attention_tiles.cuh - products of 64 x 64 tiles, of which attention is made.
 *
 * A block of 256 threads holds a tile of a product: thread (ty, tx) of 16 x 16 has the 4 x 4 numbers of rows
 * 4 ty ... and columns 4 tx ... in registers. Operands come through shared memory, STEP of the inner dimension at a
 * time, with the inner dimension first. Lengths and head sizes need not be multiples of anything: what is outside
 * is staged as 0.
 */
#pragma once
#include "common.cuh"

/* Tiles indexed by loops that are unrolled stay in registers. */
#define UNROLL _Pragma("unroll")
/* Two blocks on each multiprocessor. */
#define TILE_KERNEL extern "C" __global__ void __launch_bounds__(THREADS, 2)

#define TILE 64
#define STEP 16
/* Floats between two rows in shared memory: a multiple of 4, for reads of four numbers at once. */
#define PITCH (TILE + 4)

typedef float Tile[4][4];
typedef float Strip[STEP][PITCH];

__device__ inline int tile_x() { return 4 * (threadIdx.x % 16); }
__device__ inline int tile_y() { return 4 * (threadIdx.x / 16); }

/* out[k][r] = rows[r][first + k]: a strip of columns, transposed. `rows` are `stride` apart, `count` of them. */
__device__ inline void stage_columns(Strip out, const float *rows, int stride, int count, int first,
                                     int size) {
  for (int i = threadIdx.x; i < TILE * STEP; i += THREADS) {
    int r = i / STEP, k = i % STEP;
    out[k][r] = r < count && first + k < size ? rows[(u64)r * stride + first + k] : 0.0f;
  }
}

/* out[k][c] = rows[first + k][column + c]: a strip of rows. */
__device__ inline void stage_rows(Strip out, const float *rows, int stride, int count, int first,
                                  int column, int size) {
  for (int i = threadIdx.x; i < TILE * STEP; i += THREADS) {
    int k = i / TILE, c = column + i % TILE;
    out[k][c - column] =
        first + k < count && c < size ? rows[(u64)(first + k) * stride + c] : 0.0f;
  }
}

/* sum += left^T right over STEP rows of both. */
__device__ inline void multiply(Tile sum, const float (*left)[PITCH], const float (*right)[PITCH]) {
  UNROLL for (int k = 0; k < STEP; k++) {
    float4 a = *(const float4 *)&left[k][tile_y()], b = *(const float4 *)&right[k][tile_x()];
    float rows[4] = {a.x, a.y, a.z, a.w}, columns[4] = {b.x, b.y, b.z, b.w};
    UNROLL for (int i = 0; i < 4; i++)
      UNROLL for (int j = 0; j < 4; j++) sum[i][j] += rows[i] * columns[j];
  }
}

/* sum += x y^T over all `size` columns of x [x_count, size] and y [y_count, size]. */
__device__ inline void multiply_rows(Tile sum, Strip left, Strip right, const float *x, int x_stride,
                                     int x_count, const float *y, int y_stride, int y_count,
                                     int size) {
  for (int first = 0; first < size; first += STEP) {
    __syncthreads(); /* the strips before have been read */
    stage_columns(left, x, x_stride, x_count, first, size);
    stage_columns(right, y, y_stride, y_count, first, size);
    __syncthreads();
    multiply(sum, left, right);
  }
}

/* sum += weights^T rows, for a tile of weights in shared memory [count, TILE] and columns `column` ... of
   rows [count, size]. */
__device__ inline void multiply_weights(Tile sum, const float (*weights)[PITCH], Strip right,
                                        const float *rows, int stride, int count, int column,
                                        int size) {
  for (int first = 0; first < count; first += STEP) {
    __syncthreads(); /* the weights have been written, the strip before has been read */
    stage_rows(right, rows, stride, count, first, column, size);
    __syncthreads();
    multiply(sum, weights + first, right);
  }
}

__device__ inline void clear(Tile tile) {
  UNROLL for (int i = 0; i < 4; i++)
    UNROLL for (int j = 0; j < 4; j++) tile[i][j] = 0;
}

/* Writes the tile to rows [count, size], columns `column` .... */
__device__ inline void write_tile(const Tile tile, float *rows, int stride, int count, int column,
                                  int size) {
  UNROLL for (int i = 0; i < 4; i++)
    UNROLL for (int j = 0; j < 4; j++) {
      int row = tile_y() + i, c = column + tile_x() + j;
      if (row < count && c < size) rows[(u64)row * stride + c] = tile[i][j];
    }
}

/* What a block of an attention works on: a tile of queries or keys of one (sequence, head), and TILE columns of the
   head in the result. Blocks of a launch: x = tiles x heads x sequences, y = columns over TILE. */
struct Part {
  int head;      /* of all (sequence, head) pairs */
  int first;     /* the tile's first query or key */
  int count;     /* and how many it has */
  int column;    /* the first column of the result */
  int stride;    /* floats between two rows of qkv */
  u64 row;       /* the sequence's first row */
  u64 offset;    /* of the head's first query in qkv */
  u64 context;   /* of the head's first number in the context */
};

__device__ inline Part attention_part(cuda_attention shape) {
  int tiles = (shape.length + TILE - 1) / TILE, hidden = shape.heads * shape.size;
  Part p;
  p.head = blockIdx.x / tiles;
  p.first = blockIdx.x % tiles * TILE;
  p.count = min(TILE, shape.length - p.first);
  p.column = blockIdx.y * TILE;
  p.stride = 3 * hidden;
  p.row = (u64)(p.head / shape.heads) * shape.length;
  p.offset = p.row * p.stride + p.head % shape.heads * shape.size;
  p.context = p.row * hidden + p.head % shape.heads * shape.size;
  return p;
}

/* The dropout of one (sequence, head): `mix` of CounterRandom's RandomSequence.swift, the finalizer of SplitMix64. */
__device__ inline cuda_dropout head_dropout(cuda_dropout dropout, int head) {
  u64 z = dropout.key + head + 1 + 0x9E3779B97F4A7C15ull;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
  dropout.key = z ^ (z >> 31);
  return dropout;
}
