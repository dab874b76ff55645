/* attention_backward.cu - the gradients of attention.
 *
 * With S = Q K^T, P = softmax(scale S + bias), W = P keep, O = W V:
 *   dV = W^T dO;   dS = scale P (keep dO V^T - rows of dO O);   dQ = dS K;   dK = dS^T Q.
 * P comes from S, computed anew, and the saved statistics. One kernel goes over all queries for a tile of keys, the
 * other over all keys for a tile of queries: each result is one block's, so nothing is added by two. */
#pragma once
#include "attention_tiles.cuh"

/* dots [batch,heads,length] = the products of the rows of the context and its gradient; a warp for each. */
KERNEL attention_dots(float *dots, const float *d_context, const float *context, cuda_attention shape,
                      u64 count) {
  u64 index = global_index() / 32; /* row of the batch x head */
  if (index >= count) return;
  int lane = threadIdx.x % 32;
  u64 row = index / shape.heads, head = index % shape.heads, start = index * shape.size;
  float sum = 0;
  for (int i = lane; i < shape.size; i += 32) sum += d_context[start + i] * context[start + i];
  sum = warp_sum(sum);
  u64 sequence = row / shape.length;
  if (lane == 0) dots[(sequence * shape.heads + head) * shape.length + row % shape.length] = sum;
}

/* The operands of a tile of queries against a tile of keys. */
struct Operands {
  const float *query, *key, *value, *gradient; /* the tiles' first rows; gradient of the context */
  const float *key_bias;                       /* of the tile's first key, or NULL */
  const float *most, *inverse, *dots;          /* of the tile's first query */
  int first_query, first_key, queries, keys;
  int stride, hidden;
};

/* weight = W and gradient = dS of the tile, [query][key]. */
__device__ inline void attention_weights(Tile weight, Tile gradient, Strip left, Strip right,
                                         Operands o, cuda_attention shape, cuda_dropout dropout) {
  clear(weight);
  clear(gradient);
  multiply_rows(weight, left, right, o.query, o.stride, o.queries, o.key, o.stride, o.keys, shape.size);
  multiply_rows(gradient, left, right, o.gradient, o.hidden, o.queries, o.value, o.stride, o.keys,
                shape.size);
  UNROLL for (int i = 0; i < 4; i++) {
    int q = tile_y() + i;
    u32 place = (u32)(o.first_query + q) * (u32)shape.length + o.first_key;
    UNROLL for (int j = 0; j < 4; j++) {
      int k = tile_x() + j;
      if (q >= o.queries || k >= o.keys) {
        weight[i][j] = gradient[i][j] = 0;
        continue;
      }
      float score = weight[i][j] * shape.scale + (o.key_bias ? o.key_bias[k] : 0.0f);
      float probability = expf(score - o.most[q]) * o.inverse[q];
      float keep = kept(dropout, place + k);
      weight[i][j] = probability * keep;
      gradient[i][j] = probability * (gradient[i][j] * keep - o.dots[q]) * shape.scale;
    }
  }
}

/* The operands of queries `query` ... and keys `key` ... of the part's sequence and head. */
__device__ inline Operands attention_operands(Part p, cuda_attention shape, const float *d_context,
                                              const float *statistics, const float *dots,
                                              const float *qkv, const float *key_bias, int query,
                                              int key) {
  Operands o;
  o.hidden = shape.heads * shape.size;
  o.stride = p.stride;
  o.first_query = query;
  o.first_key = key;
  o.queries = min(TILE, shape.length - query);
  o.keys = min(TILE, shape.length - key);
  o.query = qkv + p.offset + (u64)query * p.stride;
  o.key = qkv + p.offset + o.hidden + (u64)key * p.stride;
  o.value = o.key + o.hidden;
  o.gradient = d_context + p.context + (u64)query * o.hidden;
  o.key_bias = key_bias ? key_bias + p.row + key : 0;
  o.most = statistics + (u64)p.head * 2 * shape.length + query;
  o.inverse = o.most + shape.length;
  o.dots = dots + (u64)p.head * shape.length + query;
  return o;
}

/* The parts of d_qkv [T,3H] that belong to keys and values. */
TILE_KERNEL attention_backward_keys(float *d_qkv, const float *d_context, const float *statistics,
                               const float *dots, const float *qkv, const float *key_bias,
                               cuda_attention shape, cuda_dropout dropout) {
  __shared__ __align__(16) Strip left, right;
  __shared__ __align__(16) float tile[TILE][PITCH]; /* [query][key] */
  Part p = attention_part(shape);
  dropout = head_dropout(dropout, p.head);
  Tile d_key, d_value;
  clear(d_key);
  clear(d_value);
  for (int first = 0; first < shape.length; first += TILE) {
    Operands o = attention_operands(p, shape, d_context, statistics, dots, qkv, key_bias, first, p.first);
    Tile weight, gradient;
    attention_weights(weight, gradient, left, right, o, shape, dropout);
    UNROLL for (int i = 0; i < 4; i++)
      UNROLL for (int j = 0; j < 4; j++) tile[tile_y() + i][tile_x() + j] = weight[i][j];
    multiply_weights(d_value, tile, right, o.gradient, o.hidden, o.queries, p.column, shape.size);
    __syncthreads(); /* the weights have been read */
    UNROLL for (int i = 0; i < 4; i++)
      UNROLL for (int j = 0; j < 4; j++) tile[tile_y() + i][tile_x() + j] = gradient[i][j];
    multiply_weights(d_key, tile, right, o.query, p.stride, o.queries, p.column, shape.size);
  }
  int hidden = shape.heads * shape.size;
  float *rows = d_qkv + p.offset + (u64)p.first * p.stride;
  write_tile(d_key, rows + hidden, p.stride, p.count, p.column, shape.size);
  write_tile(d_value, rows + 2 * hidden, p.stride, p.count, p.column, shape.size);
}

/* The part of d_qkv that belongs to queries. */
TILE_KERNEL attention_backward_queries(float *d_qkv, const float *d_context, const float *statistics,
                                  const float *dots, const float *qkv, const float *key_bias,
                                  cuda_attention shape, cuda_dropout dropout) {
  __shared__ __align__(16) Strip left, right;
  __shared__ __align__(16) float tile[TILE][PITCH]; /* [key][query] */
  Part p = attention_part(shape);
  dropout = head_dropout(dropout, p.head);
  Tile d_query;
  clear(d_query);
  for (int first = 0; first < shape.length; first += TILE) {
    Operands o = attention_operands(p, shape, d_context, statistics, dots, qkv, key_bias, p.first, first);
    Tile weight, gradient;
    attention_weights(weight, gradient, left, right, o, shape, dropout);
    UNROLL for (int i = 0; i < 4; i++)
      UNROLL for (int j = 0; j < 4; j++) tile[tile_x() + j][tile_y() + i] = gradient[i][j];
    multiply_weights(d_query, tile, right, o.key, p.stride, o.keys, p.column, shape.size);
  }
  float *rows = d_qkv + p.offset + (u64)p.first * p.stride;
  write_tile(d_query, rows, p.stride, p.count, p.column, shape.size);
}
