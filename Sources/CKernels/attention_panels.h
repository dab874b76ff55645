/*
 * attention_panels.h - the softmax of one panel of attention scores; included once per kind of registers, after
 * product_tiles.h.
 *
 * Scores stand as [keys][32 queries]: every query has a vector lane of its own, so that maximum and sum over the
 * keys need no horizontal step. A panel is two vectors wide and is the right operand of the next product as it is.
 */

/* keep[i] = scale or 0 for the 16 queries from `query` on and one key. Element query * keys + key of a head. */
INLINE vector KIND(kept)(kernel_dropout dropout, vector_bits index) {
  vector_bits h = vector_hash(dropout.key0, dropout.key1, index);
  return h >= dropout.threshold ? vector_all(dropout.scale) : vector_all(0);
}

/* query * keys for 16 queries from `query` on. */
INLINE vector_bits KIND(places)(uint32_t query, uint32_t keys) {
  const vector_bits lanes = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  return (lanes + query) * keys;
}

void KIND(panel_softmax)(float *restrict p, float *restrict maximum, float *restrict inverse,
                               const float *restrict key_bias, float scale, kernel_dropout dropout,
                               uint32_t query, size_t keys) {
  vector m[2], sum[2] = {vector_all(0), vector_all(0)};
  for (int half = 0; half < 2; half++) {
    float *column = p + 16 * half;
    vector most = vector_load(column) * scale + (key_bias ? key_bias[0] : 0.0f);
    for (size_t k = 1; k < keys; k++) {
      vector x = vector_load(column + k * WIDE) * scale + (key_bias ? key_bias[k] : 0.0f);
      most = __builtin_elementwise_max(most, x);
    }
    m[half] = most;
  }
  vector_bits low = KIND(places)(query, (uint32_t)keys), high = KIND(places)(query + 16, (uint32_t)keys);
  for (size_t k = 0; k < keys; k++) {
    float *row = p + k * WIDE, bias = key_bias ? key_bias[k] : 0.0f;
    vector x = vector_exp(vector_load(row) * scale + bias - m[0]);
    vector y = vector_exp(vector_load(row + 16) * scale + bias - m[1]);
    sum[0] += x;
    sum[1] += y;
    if (dropout.threshold != 0) {
      x *= KIND(kept)(dropout, low + (uint32_t)k);
      y *= KIND(kept)(dropout, high + (uint32_t)k);
    }
    vector_store(row, x);
    vector_store(row + 16, y);
  }
  for (int half = 0; half < 2; half++) {
    vector_store(maximum + 16 * half, m[half]);
    vector_store(inverse + 16 * half, 1.0f / sum[half]);
  }
}

void KIND(panel_softmax_backward)(float *restrict s, float *restrict d,
                                        const float *restrict maximum, const float *restrict inverse,
                                        const float *restrict dots, const float *restrict key_bias,
                                        float scale, kernel_dropout dropout, uint32_t query,
                                        size_t keys) {
  for (int half = 0; half < 2; half++) {
    vector m = vector_load(maximum + 16 * half), i = vector_load(inverse + 16 * half);
    vector dot = vector_load(dots + 16 * half);
    vector_bits place = KIND(places)(query + 16 * (uint32_t)half, (uint32_t)keys);
    for (size_t k = 0; k < keys; k++) {
      float *score = s + k * WIDE + 16 * half, *gradient = d + k * WIDE + 16 * half;
      float bias = key_bias ? key_bias[k] : 0.0f;
      vector p = vector_exp(vector_load(score) * scale + bias - m) * i;
      vector g = vector_load(gradient), weight = p;
      if (dropout.threshold != 0) {
        vector keep = KIND(kept)(dropout, place + (uint32_t)k);
        weight *= keep;
        g *= keep;
      }
      vector_store(score, weight);
      vector_store(gradient, p * (g - dot) * scale);
    }
  }
}

void KIND(panel_transpose)(float *restrict out, size_t stride, const float *restrict panel,
                                 const float *restrict factors, size_t rows, size_t columns) {
  for (size_t first = 0; first < columns; first += 16) {
    size_t width = columns - first < 16 ? columns - first : 16;
    vector factor = factors ? vector_load(factors + first) : vector_all(1);
    size_t r = 0;
    for (; r + 16 <= rows; r += 16) {
      vector block[16];
      _Pragma("unroll") for (size_t i = 0; i < 16; i++)
        block[i] = vector_load(panel + (r + i) * WIDE + first) * factor;
      vector_transpose(block);
      for (size_t i = 0; i < width; i++) vector_store(out + (first + i) * stride + r, block[i]);
    }
    for (; r < rows; r++)
      for (size_t i = 0; i < width; i++)
        out[(first + i) * stride + r] = panel[r * WIDE + first + i] * (factors ? factors[first + i] : 1);
  }
}
