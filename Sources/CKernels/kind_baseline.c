/* What every processor of the architecture has: on ARM 32 registers of 4 numbers, of which a tile of 3 rows takes 24;
   on x86 only 16, so that a tile spills. BLAS does the large products there. */
#include "kernels.h"

#define TALL 3
#define KIND(name) kernel_baseline_##name
#include "product_tiles.h"
#include "packing.h"
#include "attention_panels.h"
