/* AVX-512 with bfloat16: an instruction multiplies two pairs per lane and adds them to a float32 sum. Operands are
   rounded to bfloat16, 8 significant bits, when they are packed. */
#include "kernels.h"

#if defined(__x86_64__)
#include <immintrin.h>

#pragma clang attribute push(                                                                      \
    __attribute__((target(                                                                         \
        "avx512f,avx512bw,avx512dq,avx512vl,avx512cd,avx512bf16,avx2,fma,bmi,bmi2"))),              \
    apply_to = function)
#define TALL 14
#define KIND(name) kernel_bf16_##name
#define SLOTS(inner) (((inner) + 1) / 2)
#define MULTIPLY_ADD(sum, l, r)                                                                    \
  ((vector)_mm512_dpbf16_ps((__m512)(sum), (__m512bh)(l), (__m512bh)(r)))
#include "product_tiles.h"
#include "packing_bf16.h"
#pragma clang attribute pop
#endif
