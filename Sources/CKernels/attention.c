#include "fast.h"
#include "kernels.h"

#pragma clang fp reassociate(on) contract(fast)

FAST void kernel_row_dots(float *restrict dots, const float *restrict x, size_t x_stride,
                          const float *restrict y, size_t y_stride, size_t rows, size_t columns) {
  for (size_t r = 0; r < rows; r++) {
    float sum = 0;
    ROW_LOOP
    for (size_t i = 0; i < columns; i++) sum += x[r * x_stride + i] * y[r * y_stride + i];
    dots[r] = sum;
  }
}
