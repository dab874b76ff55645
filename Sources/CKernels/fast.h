/*
 * fast.h - how the kernels reach vector code without compiler flags.
 *
 * FAST compiles a function three times (AVX-512, AVX2, baseline) and picks at load time. Include this
 * header before `#pragma clang fp reassociate(on)`: the helpers here depend on the order of their
 * additions. SwiftPM always compiles C with the toolchain's clang, hence its builtins.
 */
#ifndef FLOW_FAST_H
#define FLOW_FAST_H

#include <stddef.h>
#include <stdint.h>

#if defined(__x86_64__)
#define FAST                                                                                        \
  __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default"), min_vector_width(512)))
#else
#define FAST
#endif

#define INLINE static inline __attribute__((always_inline))

/* Rows are short (32 to a few thousand floats): unrolling would leave most of a short row to the scalar
   remainder loop. */
#define ROW_LOOP _Pragma("clang loop vectorize_width(16) interleave_count(1)")

/* The largest of x [n], n >= 1. Over explicit vectors: clang does not vectorize a maximum of floats that may
   be NaN. */
INLINE float fast_maximum(const float *x, size_t n) {
  typedef float vector __attribute__((ext_vector_type(16), aligned(4)));
  float largest = x[0];
  size_t i = 0;
  if (n >= 16) {
    vector lanes = *(const vector *)x;
    for (i = 16; i + 16 <= n; i += 16)
      lanes = __builtin_elementwise_max(lanes, *(const vector *)(x + i));
    largest = __builtin_reduce_max(lanes);
  }
  for (; i < n; i++) largest = x[i] > largest ? x[i] : largest;
  return largest;
}

/* e^x with a relative error below 2e-7; 0 below -87, so that no denormal appears; finite above 88.
   Range reduction and coefficients of Cephes' expf (S. L. Moshier, https://www.netlib.org/cephes/). */
INLINE float fast_exp(float x) {
  float bounded = x < -87.0f ? -87.0f : x; /* comparisons, not min and max: NaN stays NaN */
  bounded = bounded > 88.0f ? 88.0f : bounded;
  const float magic = 0x1.8p23f; /* adding it rounds to an integer, which stands in the low bits */
  float shifted = bounded * 1.44269504f + magic;
  float n = shifted - magic;
  float r = bounded - n * 0.693359375f;
  r = r - n * -2.12194440e-4f;
  float p = 1.9875691500e-4f;
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * r * r + r + 1.0f;
  union { float f; uint32_t i; } bits = {shifted}, power;
  power.i = (bits.i + 127u) << 23;
  return x < -87.0f ? 0.0f : p * power.f;
}

/* The standard normal distribution function and its density; both share one exponential.
   The upper tail is t P(t) e^(-x^2/2) with t = 1 / (1 + c |x|), the form of Abramowitz and Stegun 7.1.26. P is of
   degree 9, fitted to Mills' ratio on 0 to 14 for the smallest largest relative error (Lawson's algorithm), which is
   3e-9: below the rounding of float32. 7.1.26 itself is good to 1.5e-7, which shows in gradients. */
INLINE void fast_normal(float x, float *distribution, float *density) {
  float a = __builtin_elementwise_abs(x);
  float t = 1.0f / (1.0f + 0.295f * a);
  float e = fast_exp(-0.5f * x * x);
  float p = -0.020075000822544098f;
  p = p * t + 0.11488700658082962f;
  p = p * t - 0.24812769889831543f;
  p = p * t + 0.2302742600440979f;
  p = p * t - 0.10707288980484009f;
  p = p * t + 0.11189300566911697f;
  p = p * t + 0.07340114563703537f;
  p = p * t + 0.10963891446590424f;
  p = p * t + 0.11748511344194412f;
  p = p * t + 0.11769614368677139f;
  float tail = p * t * e;
  *distribution = x < 0.0f ? tail : 1.0f - tail;
  *density = 0.39894228f * e;
}

/* Two rounds of multiply and xor-shift (the finalizer "lowbias32" by C. Wellons,
   https://nullprogram.com/blog/2018/07/31/), the second key added between them. 32-bit only, so that 16
   elements go through one AVX-512 register. */
INLINE uint32_t fast_hash(uint32_t key0, uint32_t key1, uint32_t index) {
  uint32_t x = index * 0x9E3779B9u + key0;
  x ^= x >> 16;
  x *= 0x7FEB352Du;
  x += key1;
  x ^= x >> 15;
  x *= 0x846CA68Bu;
  x ^= x >> 16;
  return x;
}

#endif
