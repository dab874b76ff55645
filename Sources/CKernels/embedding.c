#include "fast.h"
#include "kernels.h"

FAST void kernel_embedding_forward(float *restrict x, const int32_t *restrict tokens,
                                   const int32_t *restrict states, const int32_t *restrict places,
                                   const float *restrict words, const float *restrict state_table,
                                   const float *restrict positions, size_t T, size_t H) {
  for (size_t t = 0; t < T; t++) {
    const float *word = words + (size_t)tokens[t] * H;
    const float *state = state_table + (size_t)states[t] * H;
    const float *position = positions + (size_t)places[t] * H;
    ROW_LOOP
    for (size_t i = 0; i < H; i++) x[t * H + i] = word[i] + state[i] + position[i];
  }
}

FAST void kernel_embedding_backward(float *restrict d_words, float *restrict d_states,
                                    float *restrict d_positions, const float *restrict d,
                                    const int32_t *restrict tokens, const int32_t *restrict states,
                                    const int32_t *restrict places, int32_t pad, size_t T, size_t H,
                                    size_t from, size_t to) {
  for (size_t t = 0; t < T; t++) {
    const float *row = d + t * H;
    float *state = d_states + (size_t)states[t] * H;
    float *position = d_positions + (size_t)places[t] * H;
    ROW_LOOP
    for (size_t i = from; i < to; i++) state[i] += row[i];
    ROW_LOOP
    for (size_t i = from; i < to; i++) position[i] += row[i];
    if (tokens[t] == pad) continue;
    float *word = d_words + (size_t)tokens[t] * H;
    ROW_LOOP
    for (size_t i = from; i < to; i++) word[i] += row[i];
  }
}

FAST void kernel_gather_rows(float *restrict out, const float *restrict x,
                             const int32_t *restrict rows, size_t n, size_t H) {
  for (size_t r = 0; r < n; r++) {
    const float *row = x + (size_t)rows[r] * H;
    ROW_LOOP
    for (size_t i = 0; i < H; i++) out[r * H + i] = row[i];
  }
}

FAST void kernel_scatter_add_rows(float *restrict x, const float *restrict d,
                                  const int32_t *restrict rows, size_t n, size_t H) {
  for (size_t r = 0; r < n; r++) {
    float *row = x + (size_t)rows[r] * H;
    ROW_LOOP
    for (size_t i = 0; i < H; i++) row[i] += d[r * H + i];
  }
}
