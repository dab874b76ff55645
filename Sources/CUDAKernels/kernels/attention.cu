/* attention.cu - scaled dot-product attention, a tile of 64 queries of one (sequence, head) for each block.
 *
 * The keys pass by in tiles; maximum and sum of each query's softmax are corrected as they come (the online softmax
 * of FlashAttention, Dao et al. 2022, https://arxiv.org/abs/2205.14135), so that nothing of length x length exists.
 * Heads wider than 64 are computed 64 columns of the result at a time, the scores anew for each. */
#pragma once
#include "attention_tiles.cuh"

/* Reductions over the 16 threads that share rows of a tile: half a warp. */
__device__ inline float row_sum(float x) {
  for (int offset = 8; offset > 0; offset /= 2) x += __shfl_xor_sync(ALL_LANES, x, offset);
  return x;
}
__device__ inline float row_maximum(float x) {
  for (int offset = 8; offset > 0; offset /= 2) x = fmaxf(x, __shfl_xor_sync(ALL_LANES, x, offset));
  return x;
}

/* context [T,H] from qkv [T,3H]. statistics [batch,heads,2,length] (may be NULL): of each query the maximum of the
   scores and 1 / sum e^(score - maximum). key_bias [batch,length] may be NULL. */
TILE_KERNEL attention_forward(float *context, float *statistics, const float *qkv, const float *key_bias,
                         cuda_attention shape, cuda_dropout dropout) {
  __shared__ __align__(16) Strip left, right;
  __shared__ __align__(16) float weights[TILE][PITCH]; /* [key][query] */
  Part p = attention_part(shape);
  int hidden = shape.heads * shape.size;
  const float *query = qkv + p.offset + (u64)p.first * p.stride;
  const float *key = qkv + p.offset + hidden, *value = key + hidden;
  dropout = head_dropout(dropout, p.head);
  float most[4], sum[4];
  Tile result;
  clear(result);
  UNROLL for (int i = 0; i < 4; i++) {
    most[i] = MINUS_INFINITY;
    sum[i] = 0;
  }
  for (int first = 0; first < shape.length; first += TILE) {
    int keys = min(TILE, shape.length - first);
    u64 skipped = (u64)first * p.stride;
    Tile score;
    clear(score);
    multiply_rows(score, left, right, query, p.stride, p.count, key + skipped, p.stride, keys, shape.size);
    UNROLL for (int i = 0; i < 4; i++) {
      float largest = MINUS_INFINITY, added = 0;
      UNROLL for (int j = 0; j < 4; j++) {
        int k = tile_x() + j;
        if (k >= keys) continue;
        score[i][j] = score[i][j] * shape.scale + (key_bias ? key_bias[p.row + first + k] : 0.0f);
        largest = fmaxf(largest, score[i][j]);
      }
      largest = fmaxf(most[i], row_maximum(largest));
      float correction = expf(most[i] - largest);
      u32 place = (u32)(p.first + tile_y() + i) * (u32)shape.length + first;
      UNROLL for (int j = 0; j < 4; j++) {
        int k = tile_x() + j;
        float e = k < keys ? expf(score[i][j] - largest) : 0.0f;
        added += e;
        weights[k][tile_y() + i] = e * kept(dropout, place + k);
        result[i][j] *= correction;
      }
      sum[i] = sum[i] * correction + row_sum(added);
      most[i] = largest;
    }
    multiply_weights(result, weights, right, value + skipped, p.stride, keys, p.column, shape.size);
  }
  UNROLL for (int i = 0; i < 4; i++)
    UNROLL for (int j = 0; j < 4; j++) result[i][j] /= sum[i];
  write_tile(result, context + p.context + (u64)p.first * hidden, hidden, p.count, p.column, shape.size);
  if (!statistics || blockIdx.y != 0 || tile_x() != 0) return;
  float *saved = statistics + (u64)p.head * 2 * shape.length + p.first;
  UNROLL for (int i = 0; i < 4; i++)
    if (tile_y() + i < p.count) {
      saved[tile_y() + i] = most[i];
      saved[shape.length + tile_y() + i] = 1.0f / sum[i];
    }
}
