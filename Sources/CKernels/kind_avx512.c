/* AVX-512: 32 registers of 16 numbers. Features are named one by one, since clang halves the vectors of the
   architecture level x86-64-v4. */
#include "kernels.h"

#if defined(__x86_64__)
#pragma clang attribute push(                                                                      \
    __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512cd,avx2,fma,bmi,bmi2"))),       \
    apply_to = function)
#define TALL 14
#define KIND(name) kernel_avx512_##name
#include "product_tiles.h"
#include "packing.h"
#include "attention_panels.h"
#pragma clang attribute pop
#endif
