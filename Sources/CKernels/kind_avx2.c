/* AVX2: 16 registers of 8 numbers, of which a tile of 3 rows takes 12. */
#include "kernels.h"

#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx2,fma,bmi,bmi2"))), apply_to = function)
#define TALL 3
#define KIND(name) kernel_avx2_##name
#include "product_tiles.h"
#include "attention_panels.h"
#pragma clang attribute pop
#endif
