#include "cuda_kernels.h"

/* The package is C11; the toolchain's clang has #embed in every version of the language. */
#pragma clang diagnostic ignored "-Wc23-extensions"

static const char arguments_text[] = {
#embed "include/cuda_arguments.h" suffix(, 0)
};
static const char common_text[] = {
#embed "kernels/common.cuh" suffix(, 0)
};
static const char elementwise_text[] = {
#embed "kernels/elementwise.cu" suffix(, 0)
};
static const char normalize_text[] = {
#embed "kernels/normalize.cu" suffix(, 0)
};
static const char rows_text[] = {
#embed "kernels/rows.cu" suffix(, 0)
};
static const char sums_text[] = {
#embed "kernels/sums.cu" suffix(, 0)
};
static const char loss_text[] = {
#embed "kernels/loss.cu" suffix(, 0)
};
static const char pooling_text[] = {
#embed "kernels/pooling.cu" suffix(, 0)
};
static const char attention_tiles_text[] = {
#embed "kernels/attention_tiles.cuh" suffix(, 0)
};
static const char attention_text[] = {
#embed "kernels/attention.cu" suffix(, 0)
};
static const char attention_backward_text[] = {
#embed "kernels/attention_backward.cu" suffix(, 0)
};

static const cuda_source sources[] = {
    {"cuda_arguments.h", arguments_text},
    {"common.cuh", common_text},
    {"elementwise.cu", elementwise_text},
    {"normalize.cu", normalize_text},
    {"rows.cu", rows_text},
    {"sums.cu", sums_text},
    {"loss.cu", loss_text},
    {"pooling.cu", pooling_text},
    {"attention_tiles.cuh", attention_tiles_text},
    {"attention.cu", attention_text},
    {"attention_backward.cu", attention_backward_text},
};

int cuda_source_count(void) { return sizeof sources / sizeof sources[0]; }

cuda_source cuda_source_at(int index) { return sources[index]; }
