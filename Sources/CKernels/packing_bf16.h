/*
 * packing_bf16.h - operands as product_tiles.h reads them, in bfloat16: a slot holds two numbers that follow each other
 * along the inner dimension, the first in the low half; the last slot of an odd number holds one and a zero.
 */

/* Slots that are packed across all tiles or panels before the next ones, as in packing.h. */
enum { STRIP = 16 };

/* 16 slots: numbers `first` below, numbers `second` above. */
INLINE vector KIND(pairs)(vector first, vector second) {
  __m512i low = _mm512_cvtepu16_epi32((__m256i)_mm512_cvtneps_pbh((__m512)first));
  __m512i high = _mm512_cvtepu16_epi32((__m256i)_mm512_cvtneps_pbh((__m512)second));
  return (vector)_mm512_or_si512(low, _mm512_slli_epi32(high, 16));
}

/* One slot. */
INLINE float KIND(pair)(float first, float second) {
  vector slots = KIND(pairs)(vector_all(first), vector_all(second));
  return slots[0];
}

/* out[s * width + i] = slot s of row i for i < h <= 16: rows along the inner dimension. Up to 16 - h slots past the
   end are touched. */
static void KIND(transposed)(float *out, size_t width, const float *in, size_t stride, size_t h,
                             size_t inner) {
  size_t k = 0;
  for (; k + 32 <= inner; k += 32) {
    vector r[16];
    _Pragma("unroll") for (size_t i = 0; i < 16; i++) {
      const float *x = in + (i < h ? i : h - 1) * stride + k;
      r[i] = (vector)_mm512_cvtne2ps_pbh((__m512)vector_load(x + 16), (__m512)vector_load(x));
    }
    vector_transpose(r);
    _Pragma("unroll") for (size_t i = 0; i < 16; i++) vector_store(out + (k / 2 + i) * width, r[i]);
  }
  for (; k < inner; k += 2)
    for (size_t i = 0; i < h; i++) {
      const float *x = in + i * stride + k;
      out[k / 2 * width + i] = KIND(pair)(x[0], k + 1 < inner ? x[1] : 0);
    }
}

/* Slots `from` ..< `to` of `h` <= 16 columns given as [inner][columns], `left` numbers of which may be read; whole
   vectors are stored where at most `room` slots of `out` are touched. */
static void KIND(pack_rows)(float *out, size_t width, const float *a, size_t stride, size_t h,
                            size_t from, size_t to, size_t inner, size_t left, size_t room) {
  for (size_t s = from; s < to; s++) {
    const float *first = a + 2 * s * stride, *second = first + stride;
    int both = 2 * s + 1 < inner;
    float *o = out + s * width;
    if (both && (2 * s + 1) * stride + 16 <= left && s * width + 16 <= room) {
      vector_store(o, KIND(pairs)(vector_load(first), vector_load(second)));
    } else {
      for (size_t i = 0; i < h; i++) o[i] = KIND(pair)(first[i], both ? second[i] : 0);
    }
  }
}

/* Adds the sums over the inner dimension, of the numbers before they are rounded. */
static void KIND(add_sums)(float *sums, const float *a, size_t stride, int transposed, size_t rows,
                           size_t inner) {
  for (size_t k = 0; k < inner; k++)
    for (size_t i = 0; i < rows; i++) sums[i] += transposed ? a[k * stride + i] : a[i * stride + k];
}

void KIND(pack_left)(float *out, float *sums, const float *a, size_t stride, int transposed,
                     size_t rows, size_t inner) {
  size_t tiles = (rows + TALL - 1) / TALL, slots = SLOTS(inner), end = (inner - 1) * stride + rows;
  for (size_t from = 0; transposed && from < slots; from += STRIP) {
    size_t to = from + STRIP < slots ? from + STRIP : slots;
    for (size_t t = 0; t < tiles; t++) {
      size_t first = rows * t / tiles, h = rows * (t + 1) / tiles - first;
      KIND(pack_rows)(out + first * slots, h, a + first, stride, h, from, to, inner, end - first,
                      slots * h);
    }
  }
  for (size_t t = 0; !transposed && t < tiles; t++) {
    size_t first = rows * t / tiles, h = rows * (t + 1) / tiles - first;
    KIND(transposed)(out + first * slots, h, a + first * stride, stride, h, inner);
  }
  if (sums) KIND(add_sums)(sums, a, stride, transposed, rows, inner);
}

void KIND(pack_right)(float *out, const float *b, size_t stride, int transposed, size_t inner,
                      size_t columns) {
  size_t slots = SLOTS(inner), end = (inner - 1) * stride + columns;
  for (size_t j = 0; j < columns; j += WIDE) {
    size_t width = columns - j < WIDE ? columns - j : WIDE;
    float *panel = out + j * slots;
    if (width < WIDE) memset(panel, 0, slots * WIDE * sizeof(float));
    for (size_t i = 0; transposed && i < width; i += 16) {
      size_t h = width - i < 16 ? width - i : 16;
      if (h == 16) {
        KIND(transposed)(panel + i, WIDE, b + (j + i) * stride, stride, 16, inner);
      } else {
        for (size_t k = 0; k < inner; k += 2)
          for (size_t x = 0; x < h; x++) {
            const float *pair = b + (j + i + x) * stride + k;
            panel[k / 2 * WIDE + i + x] = KIND(pair)(pair[0], k + 1 < inner ? pair[1] : 0);
          }
      }
    }
  }
  for (size_t from = 0; !transposed && from < slots; from += STRIP) {
    size_t to = from + STRIP < slots ? from + STRIP : slots;
    for (size_t j = 0; j < columns; j += 16) {
      size_t h = columns - j < 16 ? columns - j : 16;
      KIND(pack_rows)(out + j / WIDE * WIDE * slots + j % WIDE, WIDE, b + j, stride, h, from, to,
                      inner, end - j, h == 16 ? slots * WIDE : 0);
    }
  }
}
