/* cublaslt.cpp - libcublasLt: D = alpha op(A) op(B) + beta C, column-major, with a bias along the rows of D, as
   https://docs.nvidia.com/cuda/cublas/#cublasltmatmul defines it. */
#include "emulator.h"

enum { SUCCESS = 0, INVALID_VALUE = 7, NOT_SUPPORTED = 15 };
static const uint64_t MAGIC = 0x656d756c61746564;

struct Product { int type, transpose_a, transpose_b; unsigned epilogue; const float *bias; };
struct Layout { uint64_t rows, columns; int64_t stride; };
struct Preference { uint64_t workspace; uint32_t alignment[4]; };
struct Algorithm { uint64_t magic, m, n, k; uint32_t alignment[4]; uint64_t rest[2]; };
struct Heuristic { Algorithm algorithm; size_t workspace; int state; float waves; int reserved[4]; };
static_assert(sizeof(Algorithm) == 64 && sizeof(Heuristic) == 96, "the sizes in cublasLt.h");

API size_t cublasLtGetVersion() { return 130000; }
API int cublasLtCreate(void **handle) { return *handle = malloc(1), SUCCESS; }
API int cublasLtDestroy(void *handle) { return free(handle), SUCCESS; }

API int cublasLtMatmulDescCreate(Product **product, int type, int scale) {
  if ((type != 68 && type != 75 && type != 77) || scale != 0) return INVALID_VALUE;
  *product = (Product *)calloc(1, sizeof(Product));
  (*product)->type = type;
  (*product)->epilogue = 1;
  return SUCCESS;
}
API int cublasLtMatmulDescDestroy(Product *product) { return free(product), SUCCESS; }
API int cublasLtMatmulDescSetAttribute(Product *p, int attribute, const void *value, size_t size) {
  switch (attribute) {
  case 3: return size == 4 ? memcpy(&p->transpose_a, value, 4), SUCCESS : INVALID_VALUE;
  case 4: return size == 4 ? memcpy(&p->transpose_b, value, 4), SUCCESS : INVALID_VALUE;
  case 7: return size == 4 ? memcpy(&p->epilogue, value, 4), SUCCESS : INVALID_VALUE;
  case 8: return size == 8 ? memcpy(&p->bias, value, 8), SUCCESS : INVALID_VALUE;
  default: return INVALID_VALUE;
  }
}

API int cublasLtMatrixLayoutCreate(Layout **layout, int type, uint64_t rows, uint64_t columns, int64_t stride) {
  if (type != 0 || rows == 0 || columns == 0 || stride < (int64_t)rows) return INVALID_VALUE;
  *layout = (Layout *)malloc(sizeof(Layout));
  **layout = {rows, columns, stride};
  return SUCCESS;
}
API int cublasLtMatrixLayoutDestroy(Layout *layout) { return free(layout), SUCCESS; }

API int cublasLtMatmulPreferenceCreate(Preference **preference) {
  *preference = (Preference *)malloc(sizeof(Preference));
  **preference = {0, {256, 256, 256, 256}};
  return SUCCESS;
}
API int cublasLtMatmulPreferenceDestroy(Preference *preference) { return free(preference), SUCCESS; }
API int cublasLtMatmulPreferenceSetAttribute(Preference *p, int attribute, const void *value, size_t size) {
  if (attribute == 1 && size == 8) return memcpy(&p->workspace, value, 8), SUCCESS;
  if (attribute < 5 || attribute > 8 || size != 4) return INVALID_VALUE;
  return memcpy(&p->alignment[attribute - 5], value, 4), SUCCESS;
}

/* Whether the shapes fit; then m, n and k. */
static bool shapes(const Product *p, const Layout *a, const Layout *b, const Layout *c, const Layout *d,
                   uint64_t *sizes) {
  uint64_t m = p->transpose_a ? a->columns : a->rows, k = p->transpose_a ? a->rows : a->columns;
  uint64_t n = p->transpose_b ? b->rows : b->columns, inner = p->transpose_b ? b->columns : b->rows;
  sizes[0] = m, sizes[1] = n, sizes[2] = k;
  return inner == k && d->rows == m && d->columns == n && c->rows == m && c->columns == n;
}

API int cublasLtMatmulAlgoGetHeuristic(void *, Product *p, Layout *a, Layout *b, Layout *c, Layout *d,
                                       Preference *preference, int, Heuristic *results, int *count) {
  uint64_t sizes[3];
  *count = 0;
  if (!shapes(p, a, b, c, d, sizes)) return INVALID_VALUE;
  /* The real one has shapes without a fused bias too; this one is made up. */
  if (p->epilogue != 1 && (p->epilogue != 4 || sizes[0] == 1)) return NOT_SUPPORTED;
  memset(results, 0, sizeof *results);
  results->algorithm = {MAGIC, sizes[0], sizes[1], sizes[2], {}, {}};
  memcpy(results->algorithm.alignment, preference->alignment, 16);
  return *count = 1, SUCCESS;
}

API int cublasLtMatmul(void *, Product *p, const float *alpha, const float *A, Layout *a, const float *B,
                       Layout *b, const float *beta, const float *C, Layout *c, float *D, Layout *d,
                       const Algorithm *algorithm, void *workspace, size_t bytes, void *stream) {
  uint64_t sizes[3];
  if (!shapes(p, a, b, c, d, sizes) || algorithm->magic != MAGIC || memcmp(sizes, &algorithm->m, 24))
    return INVALID_VALUE;
  const void *addresses[] = {A, B, C, D};
  for (int i = 0; i < 4; i++)
    if ((uintptr_t)addresses[i] % algorithm->alignment[i]) return INVALID_VALUE;
  if (p->epilogue == 4 && (!p->bias || (uintptr_t)p->bias % algorithm->alignment[3])) return INVALID_VALUE;
  if (!workspace || bytes < 1 << 20 || !stream) return INVALID_VALUE;
  int64_t a_row = p->transpose_a ? a->stride : 1, a_inner = p->transpose_a ? 1 : a->stride;
  int64_t b_inner = p->transpose_b ? b->stride : 1, b_column = p->transpose_b ? 1 : b->stride;
  open_memory();
  for (uint64_t j = 0; j < sizes[1]; j++)
    for (uint64_t i = 0; i < sizes[0]; i++) {
      float sum = 0;
      for (uint64_t k = 0; k < sizes[2]; k++) sum += A[i * a_row + k * a_inner] * B[k * b_inner + j * b_column];
      float before = *beta != 0 ? *beta * C[i + j * c->stride] : 0;
      D[i + j * d->stride] = *alpha * sum + before + (p->epilogue == 4 ? p->bias[i] : 0);
    }
  close_memory();
  return SUCCESS;
}
