/*
 * product_tiles.h - a matrix product for one kind of vector registers; included once per kind.
 *
 * The including file chooses the instructions and defines TALL, the rows of a tile, and KIND(name), which makes
 * names of its own; also MULTIPLY_ADD and SLOTS where operands are not packed as float32.
 *
 * A tile of the result, TALL rows of 32 columns, stays in registers while it runs along the inner dimension: per
 * step two loads of the right operand, one broadcast per row, two multiply-adds per row. 14 rows take 28 of the
 * 32 registers of AVX-512 and leave room for the rest; that many independent sums hide the latency of the
 * additions. Operands are packed so that a tile reads both from front to back:
 *
 *   left   tile after tile of rows; within a tile [inner][rows of the tile]
 *   right  panel after panel of 32 columns; within a panel [inner][32], zeros to the right of the matrix
 *
 * Rows are divided among as few tiles as will hold them, evenly, so that no tile is nearly empty. A number of
 * the result is one chain of fused multiply-adds in the order of the inner dimension: how rows are divided, among
 * tiles or threads, changes none of its bits.
 */
#include <string.h>

#include "kernels.h"
#include "vector.h"

#pragma clang fp contract(fast)

enum { WIDE = KERNEL_PANEL };

/* The sum of products of what one slot of each operand holds. */
#ifndef MULTIPLY_ADD
#define MULTIPLY_ADD(sum, l, r) ((sum) + (l) * (r))
#endif

/* 32-bit slots that so many numbers along the inner dimension take. */
#ifndef SLOTS
#define SLOTS(inner) (inner)
#endif

/* One tile of H rows. Row i of the left operand stands at a + i * ROW, its next inner number STEP further. The
   sums begin at `initial` (rows `initial_stride` apart), or at 0 where that is NULL. */
#define TILE_BODY(H, ROW, STEP)                                                                  \
  vector low[H], high[H];                                                                        \
  if (initial) {                                                                                 \
    _Pragma("unroll") for (int i = 0; i < H; i++) {                                              \
      low[i] = vector_load(initial + (size_t)i * initial_stride);                                \
      high[i] = vector_load(initial + (size_t)i * initial_stride + 16);                          \
    }                                                                                            \
  } else {                                                                                       \
    _Pragma("unroll") for (int i = 0; i < H; i++) low[i] = high[i] = vector_all(0);              \
  }                                                                                              \
  for (size_t k = 0; k < inner; k++) {                                                           \
    vector x = vector_load(b), y = vector_load(b + 16);                                          \
    _Pragma("unroll") for (int i = 0; i < H; i++) {                                              \
      vector l = vector_all(a[i * ROW]);                                                         \
      low[i] = MULTIPLY_ADD(low[i], l, x);                                                       \
      high[i] = MULTIPLY_ADD(high[i], l, y);                                                     \
    }                                                                                            \
    a += STEP;                                                                                   \
    b += WIDE;                                                                                   \
  }                                                                                              \
  _Pragma("unroll") for (int i = 0; i < H; i++) {                                                \
    vector_store(c + (size_t)i * stride, low[i]);                                                \
    vector_store(c + (size_t)i * stride + 16, high[i]);                                          \
  }

#define TILE(H)                                                                                  \
  static void KIND(packed_##H)(float *c, size_t stride, const float *initial,             \
                                      size_t initial_stride, const float *restrict a,            \
                                      const float *restrict b, size_t inner) {                   \
    TILE_BODY(H, 1, H)                                                                           \
  }                                                                                              \
  static void KIND(panel_##H)(float *c, size_t stride, const float *initial,              \
                                     size_t initial_stride, const float *restrict a,             \
                                     const float *restrict b, size_t inner) {                    \
    TILE_BODY(H, WIDE, 1)                                                                        \
  }

typedef void (*KIND(tile))(float *, size_t, const float *, size_t, const float *, const float *,
                           size_t);

TILE(1) TILE(2)
#if TALL >= 3
TILE(3)
#endif
#if TALL == 14
TILE(4) TILE(5) TILE(6) TILE(7) TILE(8) TILE(9) TILE(10) TILE(11) TILE(12) TILE(13) TILE(14)
#define TILES(name)                                                                              \
  {0,              KIND(name##_1), KIND(name##_2),  KIND(name##_3),  KIND(name##_4),             \
   KIND(name##_5), KIND(name##_6), KIND(name##_7),  KIND(name##_8),  KIND(name##_9),             \
   KIND(name##_10), KIND(name##_11), KIND(name##_12), KIND(name##_13), KIND(name##_14)}
#elif TALL == 3
#define TILES(name) {0, KIND(name##_1), KIND(name##_2), KIND(name##_3)}
#else
#define TILES(name) {0, KIND(name##_1), KIND(name##_2)}
#endif
static const KIND(tile) KIND(packed)[TALL + 1] = TILES(packed);
static const KIND(tile) KIND(panel)[TALL + 1] = TILES(panel);

/* One tile at column j of a product: straight into the result, or through `edge` where the panel is wider than
   what is left of the result. */
INLINE void KIND(place)(KIND(tile) run, float *c, size_t stride, const float *bias, const float *a,
                        const float *b, size_t h, size_t width, size_t inner, int adding) {
  if (width == WIDE) {
    run(c, stride, adding ? c : bias, adding ? stride : 0, a, b, inner);
    return;
  }
  float edge[TALL * WIDE], start[TALL * WIDE] = {0};
  for (size_t i = 0; i < h && (adding || bias); i++)
    memcpy(start + i * WIDE, adding ? c + i * stride : bias, width * sizeof(float));
  run(edge, WIDE, start, WIDE, a, b, inner);
  for (size_t i = 0; i < h; i++) memcpy(c + i * stride, edge + i * WIDE, width * sizeof(float));
}

void KIND(product)(float *c, size_t stride, const float *left, const float *right,
                          const float *bias, size_t rows, size_t columns, size_t inner, int adding) {
  size_t tiles = (rows + TALL - 1) / TALL;
  inner = SLOTS(inner);
  for (size_t j = 0; j < columns; j += WIDE) {
    size_t width = columns - j < WIDE ? columns - j : WIDE;
    for (size_t t = 0; t < tiles; t++) {
      size_t first = rows * t / tiles, h = rows * (t + 1) / tiles - first;
      KIND(place)(KIND(packed)[h], c + first * stride + j, stride, bias ? bias + j : 0,
                  left + first * inner, right + j * inner, h, width, inner, adding);
    }
  }
}

void KIND(panel_product)(float *c, size_t stride, const float *panel, const float *right,
                                size_t rows, size_t columns, int adding) {
  size_t tiles = (rows + TALL - 1) / TALL;
  for (size_t t = 0; t < tiles; t++) {
    size_t first = rows * t / tiles, h = rows * (t + 1) / tiles - first;
    for (size_t j = 0; j < columns; j += WIDE) {
      size_t width = columns - j < WIDE ? columns - j : WIDE;
      KIND(place)(KIND(panel)[h], c + first * stride + j, stride, 0, panel + first * WIDE,
                  right + j * WIDE, h, width, WIDE, adding);
    }
  }
}
