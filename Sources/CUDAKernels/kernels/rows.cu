/* rows.cu - rows found by their number: embeddings, gathering, and their gradients. */
#pragma once
#include "common.cuh"

/* x [T,H] = words[token] + states[state] + positions[place]; a block for each row. */
KERNEL embedding_forward(float *x, const int *tokens, const int *states, const int *places,
                         const float *words, const float *state_table, const float *positions,
                         int hidden) {
  u64 row = blockIdx.x;
  const float *word = words + (u64)tokens[row] * hidden;
  const float *state = state_table + (u64)states[row] * hidden;
  const float *position = positions + (u64)places[row] * hidden;
  for (int i = threadIdx.x; i < hidden; i += blockDim.x)
    x[row * hidden + i] = word[i] + state[i] + position[i];
}

/* out [n,H] = x[rows[i]]; a block for each row. */
KERNEL gather_rows(float *out, const float *x, const int *rows, int hidden) {
  u64 row = blockIdx.x, source = rows[row];
  for (int i = threadIdx.x; i < hidden; i += blockDim.x)
    out[row * hidden + i] = x[source * hidden + i];
}

/* table[ids[i]] += d [count,H], for all i but those whose id is `skip`.
   A block for each i, which works only if no earlier row has the same id; it then adds all rows of that id in
   their order. So the order of the additions is fixed without sorting, at the price of count^2 comparisons. */
KERNEL add_rows(float *table, const float *d, const int *ids, int skip, int count, int hidden) {
  __shared__ u32 matches[32];
  int own = blockIdx.x, id = ids[own];
  if (id == skip) return;
  for (int start = 0; start < own; start += blockDim.x) {
    int place = start + threadIdx.x;
    if (__syncthreads_or(place < own && ids[place] == id)) return;
  }
  float *sums = table + (u64)id * hidden;
  for (int start = own; start < count; start += blockDim.x) {
    int place = start + threadIdx.x;
    u32 bits = __ballot_sync(ALL_LANES, place < count && ids[place] == id);
    if (!__syncthreads_or(bits != 0)) continue;
    if (threadIdx.x % 32 == 0) matches[threadIdx.x / 32] = bits;
    __syncthreads();
    for (int i = threadIdx.x; i < hidden; i += blockDim.x) {
      float sum = sums[i];
      for (int warp = 0; warp < blockDim.x / 32; warp++)
        for (u32 rest = matches[warp]; rest != 0; rest &= rest - 1) {
          u64 row = start + 32 * warp + __ffs(rest) - 1;
          sum += d[row * hidden + i];
        }
      sums[i] = sum;
    }
    /* The next matches are written after the vote above, which is a barrier. */
  }
}
