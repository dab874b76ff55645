/*
 * vector.h - 16 numbers at a time, and the arithmetic of fast.h on them.
 *
 * For loops that a compiler does not vectorize by itself: clang lowers the type to whatever registers the
 * target has. Functions that use it are compiled per target, as FAST ones are.
 */
#ifndef FLOW_VECTOR_H
#define FLOW_VECTOR_H

#include "fast.h"

/* A warning about passing wide vectors between functions; all that do so are inlined. */
#pragma clang diagnostic ignored "-Wpsabi"

typedef float vector __attribute__((ext_vector_type(16), aligned(4)));
typedef int32_t vector_int __attribute__((ext_vector_type(16), aligned(4)));
typedef uint32_t vector_bits __attribute__((ext_vector_type(16), aligned(4)));

INLINE vector vector_load(const float *x) { return *(const vector *)x; }
INLINE void vector_store(float *x, vector v) { *(vector *)x = v; }
INLINE vector vector_all(float x) { return (vector)x; }

/* `fast_exp` of 16 numbers. */
INLINE vector vector_exp(vector x) {
  vector bounded = x < -87.0f ? vector_all(-87.0f) : x; /* comparisons, not min and max: NaN stays NaN */
  bounded = bounded > 88.0f ? vector_all(88.0f) : bounded;
  const vector magic = 0x1.8p23f;
  vector shifted = bounded * 1.44269504f + magic;
  vector n = shifted - magic;
  vector r = bounded - n * 0.693359375f;
  r = r - n * -2.12194440e-4f;
  vector p = 1.9875691500e-4f;
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * r * r + r + 1.0f;
  vector_bits power = (__builtin_bit_cast(vector_bits, shifted) + 127u) << 23;
  vector value = p * __builtin_bit_cast(vector, power);
  return x < -87.0f ? vector_all(0.0f) : value;
}

/* `fast_hash` of 16 indices. */
INLINE vector_bits vector_hash(uint32_t key0, uint32_t key1, vector_bits index) {
  vector_bits x = index * 0x9E3779B9u + key0;
  x ^= x >> 16;
  x *= 0x7FEB352Du;
  x += key1;
  x ^= x >> 15;
  x *= 0x846CA68Bu;
  x ^= x >> 16;
  return x;
}

/* Transposes 16 x 16 numbers, row i in r[i], in four rounds of shuffles. */
INLINE void vector_transpose(vector r[16]) {
  vector t[16];
#define SHUFFLE __builtin_shufflevector
  _Pragma("unroll") for (int i = 0; i < 8; i++) {
    vector a = r[2 * i], b = r[2 * i + 1];
    t[2 * i] = SHUFFLE(a, b, 0, 16, 1, 17, 4, 20, 5, 21, 8, 24, 9, 25, 12, 28, 13, 29);
    t[2 * i + 1] = SHUFFLE(a, b, 2, 18, 3, 19, 6, 22, 7, 23, 10, 26, 11, 27, 14, 30, 15, 31);
  }
  /* Afterwards lane q (4 numbers) of r[4i + c] holds column 4q + c of rows 4i to 4i + 3. */
  _Pragma("unroll") for (int i = 0; i < 16; i += 4) {
    vector a = t[i], b = t[i + 1], c = t[i + 2], d = t[i + 3];
    r[i] = SHUFFLE(a, c, 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29);
    r[i + 1] = SHUFFLE(a, c, 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31);
    r[i + 2] = SHUFFLE(b, d, 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29);
    r[i + 3] = SHUFFLE(b, d, 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31);
  }
  _Pragma("unroll") for (int c = 0; c < 4; c++) {
    vector even = SHUFFLE(r[c], r[4 + c], 0, 1, 2, 3, 16, 17, 18, 19, 8, 9, 10, 11, 24, 25, 26, 27);
    vector odd = SHUFFLE(r[c], r[4 + c], 4, 5, 6, 7, 20, 21, 22, 23, 12, 13, 14, 15, 28, 29, 30, 31);
    vector even8 = SHUFFLE(r[8 + c], r[12 + c], 0, 1, 2, 3, 16, 17, 18, 19, 8, 9, 10, 11, 24, 25, 26, 27);
    vector odd8 = SHUFFLE(r[8 + c], r[12 + c], 4, 5, 6, 7, 20, 21, 22, 23, 12, 13, 14, 15, 28, 29, 30, 31);
    t[c] = SHUFFLE(even, even8, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23);
    t[4 + c] = SHUFFLE(odd, odd8, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23);
    t[8 + c] = SHUFFLE(even, even8, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31);
    t[12 + c] = SHUFFLE(odd, odd8, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31);
  }
#undef SHUFFLE
  _Pragma("unroll") for (int i = 0; i < 16; i++) r[i] = t[i];
}

#endif
