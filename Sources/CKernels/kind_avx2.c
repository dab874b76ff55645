/* AVX2: 16 registers of 8 numbers, of which a tile of 2 rows takes 8; with 3 rows there are too few for the operands. */
#include "kernels.h"

#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx2,fma,bmi,bmi2"))), apply_to = function)
#define TALL 2
#define KIND(name) kernel_avx2_##name
#include "product_tiles.h"
#include "packing.h"
#include "attention_panels.h"
#pragma clang attribute pop
#endif
