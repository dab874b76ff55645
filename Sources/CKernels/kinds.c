#include "kernels.h"

#define DECLARE_PRODUCT(prefix)                                                                    \
  void prefix##_pack_left(float *, float *, const float *, size_t, int, size_t, size_t);           \
  void prefix##_pack_right(float *, const float *, size_t, int, size_t, size_t);                   \
  void prefix##_product(float *, size_t, const float *, const float *, const float *, size_t,      \
                        size_t, size_t, int);

#define DECLARE(prefix)                                                                            \
  DECLARE_PRODUCT(prefix)                                                                          \
  void prefix##_panel_product(float *, size_t, const float *, const float *, size_t, size_t, int); \
  void prefix##_panel_softmax(float *, float *, float *, const float *, float, kernel_dropout,     \
                              uint32_t, size_t);                                                   \
  void prefix##_panel_softmax_backward(float *, float *, const float *, const float *,             \
                                       const float *, const float *, float, kernel_dropout,        \
                                       uint32_t, size_t);                                          \
  void prefix##_panel_transpose(float *, size_t, const float *, const float *, size_t, size_t);

DECLARE(kernel_baseline)
#if defined(__x86_64__)
DECLARE(kernel_avx2)
DECLARE(kernel_avx512)
DECLARE_PRODUCT(kernel_bf16)
#define CALL(kind, name, ...)                                                                      \
  do {                                                                                             \
    if ((kind) >= KERNEL_AVX512)                                                                   \
      kernel_avx512_##name(__VA_ARGS__);                                                           \
    else if ((kind) == KERNEL_AVX2)                                                                \
      kernel_avx2_##name(__VA_ARGS__);                                                             \
    else                                                                                           \
      kernel_baseline_##name(__VA_ARGS__);                                                         \
  } while (0)
#define CALL_PRODUCT(kind, name, ...)                                                              \
  do {                                                                                             \
    if ((kind) == KERNEL_BF16)                                                                     \
      kernel_bf16_##name(__VA_ARGS__);                                                             \
    else                                                                                           \
      CALL(kind, name, __VA_ARGS__);                                                               \
  } while (0)
#else
#define CALL(kind, name, ...) kernel_baseline_##name(__VA_ARGS__)
#define CALL_PRODUCT CALL
#endif

kernel_vectors kernel_best_vectors(void) {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("x86-64-v4")) return KERNEL_AVX512;
  if (__builtin_cpu_supports("x86-64-v3")) return KERNEL_AVX2;
#endif
  return KERNEL_BASELINE;
}

int kernel_has_bf16(void) {
#if defined(__x86_64__)
  return __builtin_cpu_supports("x86-64-v4") && __builtin_cpu_supports("avx512bf16");
#else
  return 0;
#endif
}

void kernel_pack_left(kernel_vectors kind, float *out, float *sums, const float *a, size_t stride,
                      int transposed, size_t rows, size_t inner) {
  CALL_PRODUCT(kind, pack_left, out, sums, a, stride, transposed, rows, inner);
}

void kernel_pack_right(kernel_vectors kind, float *out, const float *b, size_t stride, int transposed,
                       size_t inner, size_t columns) {
  CALL_PRODUCT(kind, pack_right, out, b, stride, transposed, inner, columns);
}

void kernel_product(kernel_vectors kind, float *c, size_t stride, const float *left,
                    const float *right, const float *bias, size_t rows, size_t columns, size_t inner,
                    int adding) {
  CALL_PRODUCT(kind, product, c, stride, left, right, bias, rows, columns, inner, adding);
}

void kernel_panel_product(kernel_vectors kind, float *c, size_t stride, const float *panel,
                          const float *right, size_t rows, size_t columns, int adding) {
  CALL(kind, panel_product, c, stride, panel, right, rows, columns, adding);
}

void kernel_panel_softmax(kernel_vectors kind, float *p, float *maximum, float *inverse,
                          const float *key_bias, float scale, kernel_dropout dropout, uint32_t query,
                          size_t keys) {
  CALL(kind, panel_softmax, p, maximum, inverse, key_bias, scale, dropout, query, keys);
}

void kernel_panel_softmax_backward(kernel_vectors kind, float *s, float *d, const float *maximum,
                                   const float *inverse, const float *dots, const float *key_bias,
                                   float scale, kernel_dropout dropout, uint32_t query, size_t keys) {
  CALL(kind, panel_softmax_backward, s, d, maximum, inverse, dots, key_bias, scale, dropout, query,
       keys);
}

void kernel_panel_transpose(kernel_vectors kind, float *out, size_t stride, const float *panel,
                            const float *factors, size_t rows, size_t columns) {
  CALL(kind, panel_transpose, out, stride, panel, factors, rows, columns);
}
