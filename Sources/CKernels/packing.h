/*
 * packing.h - operands as product_tiles.h reads them, in float32; included after it.
 */
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
