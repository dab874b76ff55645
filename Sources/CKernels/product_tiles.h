/*
 * product_tiles.h - a matrix product for one kind of vector registers; included once per kind.
 *
 * The including file chooses the instructions, defines TALL, the rows of a tile, and KIND(name), which makes names
 * of its own.
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
      low[i] += l * x;                                                                           \
      high[i] += l * y;                                                                          \
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

TILE(1) TILE(2) TILE(3)
#if TALL == 14
TILE(4) TILE(5) TILE(6) TILE(7) TILE(8) TILE(9) TILE(10) TILE(11) TILE(12) TILE(13) TILE(14)
#define TILES(name)                                                                              \
  {0,              KIND(name##_1), KIND(name##_2),  KIND(name##_3),  KIND(name##_4),             \
   KIND(name##_5), KIND(name##_6), KIND(name##_7),  KIND(name##_8),  KIND(name##_9),             \
   KIND(name##_10), KIND(name##_11), KIND(name##_12), KIND(name##_13), KIND(name##_14)}
#else
#define TILES(name) {0, KIND(name##_1), KIND(name##_2), KIND(name##_3)}
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

/* Inner numbers that are packed across all tiles or panels before the next ones: few enough that their rows'
   pages stay in the first-level TLB, though each is cut into many pieces. */
enum { STRIP = 32 };

/* out[k * width + i] = in[i * stride + k] for i < h <= 16, k < inner. Whole vectors are stored, what stands past h
   is overwritten by the next k; up to 16 - h numbers past the end are touched. */
static void KIND(transposed)(float *out, size_t width, const float *in, size_t stride,
                                    size_t h, size_t inner) {
  size_t k = 0;
  for (; TALL >= 8 && k + 16 <= inner; k += 16) {
    vector r[16];
    _Pragma("unroll") for (size_t i = 0; i < 16; i++)
      r[i] = vector_load(in + (i < h ? i : h - 1) * stride + k);
    vector_transpose(r);
    _Pragma("unroll") for (size_t i = 0; i < 16; i++) vector_store(out + (k + i) * width, r[i]);
  }
  for (; k < inner; k++)
    for (size_t i = 0; i < h; i++) out[k * width + i] = in[i * stride + k];
}

/* Inner numbers `from` ..< `to` of one tile of a left operand that is given as [inner][rows]; `left` numbers of it
   may be read from `a` on. Whole vectors are read and stored where that passes the end of neither. */
static void KIND(pack_rows)(float *out, const float *a, size_t stride, size_t h, size_t from,
                            size_t to, size_t inner, size_t left) {
  size_t readable = left >= 16 ? (left - 16) / stride + 1 : 0;
  size_t storable = inner * h >= 16 ? (inner * h - 16) / h + 1 : 0;
  size_t whole = readable < storable ? readable : storable, k = from;
  for (; k < to && k < whole; k++) vector_store(out + k * h, vector_load(a + k * stride));
  for (; k < to; k++)
    for (size_t i = 0; i < h; i++) out[k * h + i] = a[k * stride + i];
}

/* Adds the sums over the inner dimension of a packed tile. */
static void KIND(add_sums)(float *sums, const float *tile, size_t h, size_t inner) {
  vector total = vector_all(0);
  size_t k = 0;
  for (; k + 16 < inner; k++) total += vector_load(tile + k * h);
  float lanes[16];
  vector_store(lanes, total);
  for (; k < inner; k++)
    for (size_t i = 0; i < h; i++) lanes[i] += tile[k * h + i];
  for (size_t i = 0; i < h; i++) sums[i] += lanes[i];
}

void KIND(pack_left)(float *out, float *sums, const float *a, size_t stride, int transposed,
                            size_t rows, size_t inner) {
  size_t tiles = (rows + TALL - 1) / TALL, end = (inner - 1) * stride + rows;
  for (size_t from = 0; transposed && from < inner; from += STRIP) {
    size_t to = from + STRIP < inner ? from + STRIP : inner;
    for (size_t t = 0; t < tiles; t++) {
      size_t first = rows * t / tiles, h = rows * (t + 1) / tiles - first;
      KIND(pack_rows)(out + first * inner, a + first, stride, h, from, to, inner, end - first);
    }
  }
  for (size_t t = 0; t < tiles; t++) {
    size_t first = rows * t / tiles, h = rows * (t + 1) / tiles - first;
    if (!transposed) KIND(transposed)(out + first * inner, h, a + first * stride, stride, h, inner);
    if (sums) KIND(add_sums)(sums + first, out + first * inner, h, inner);
  }
}

/* Columns of a right operand that is given as [columns][inner]. */
static void KIND(pack_columns)(float *out, const float *b, size_t stride, size_t width,
                                      size_t inner) {
  if (width < WIDE) memset(out, 0, inner * WIDE * sizeof(float));
  for (size_t i = 0; i < width; i += 16) {
    if (i + 16 <= width) {
      KIND(transposed)(out + i, WIDE, b + i * stride, stride, 16, inner);
    } else {
      for (size_t k = 0; k < inner; k++)
        for (size_t x = i; x < width; x++) out[k * WIDE + x] = b[x * stride + k];
    }
  }
}

void KIND(pack_right)(float *out, const float *b, size_t stride, int transposed, size_t inner,
                             size_t columns) {
  for (size_t j = 0; transposed && j < columns; j += WIDE)
    KIND(pack_columns)(out + j * inner, b + j * stride, stride,
                       columns - j < WIDE ? columns - j : WIDE, inner);
  for (size_t from = 0; !transposed && from < inner; from += STRIP) {
    size_t to = from + STRIP < inner ? from + STRIP : inner;
    for (size_t j = 0; j < columns; j += WIDE) {
      size_t width = columns - j < WIDE ? columns - j : WIDE;
      float *panel = out + j * inner;
      for (size_t k = from; k < to && width == WIDE; k++) {
        vector low = vector_load(b + k * stride + j), high = vector_load(b + k * stride + j + 16);
        vector_store(panel + k * WIDE, low);
        vector_store(panel + k * WIDE + 16, high);
      }
      for (size_t k = from; k < to && width < WIDE; k++)
        for (size_t i = 0; i < WIDE; i++) panel[k * WIDE + i] = i < width ? b[k * stride + j + i] : 0;
    }
  }
}
