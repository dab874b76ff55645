/*
 * kernels.h - arithmetic of a BERT encoder, forward and backward in pairs: elementwise operations, products of packed
 * matrices, panels of attention.
 *
 * Every function works on the rows it is given, on one thread, allocates nothing and keeps no state: the
 * caller owns memory, threads and order. Arrays are dense, row-major float32 unless said otherwise.
 *
 *   T rows of activations (batch x length)     H hidden size      I intermediate size
 *   V vocabulary                                S states
 *
 * Arguments come in the order: outputs, values saved for the backward pass, inputs, parameters, sizes.
 * "adds to" means that the array must hold a value before; all else is overwritten.
 */
#ifndef FLOW_KERNELS_H
#define FLOW_KERNELS_H

#include <stddef.h>
#include <stdint.h>

/* Dropout of one site (a layer's tensor) in one training step. Whether element i is kept is a hash of
   (key, first + i) alone, so the result depends neither on threads nor on the order of calls.
   Kept elements are multiplied by `scale` = 1 / (1 - p). threshold = floor(p * 2^32); 0 is no dropout. Indices
   wrap at 2^32: beyond so many elements of a site in one step the same ones are dropped again. */
typedef struct kernel_dropout {
  uint32_t key0, key1;
  uint32_t threshold;
  float scale;
} kernel_dropout;

/* dropout.c */

/* out[i] = in[i] * keep(first + i); `out` may be `in`. Its own backward. */
void kernel_dropout_apply(float *out, const float *in, kernel_dropout dropout, uint32_t first,
                          size_t count);

/* activation.c */

/* out[i] = gelu(pre[i]), the exact form x * Phi(x). */
void kernel_gelu_forward(float *out, const float *pre, size_t count);

/* d: on entry the gradient of gelu's output, on return that of `pre`. */
void kernel_gelu_backward(float *d, const float *pre, size_t count);

/* normalize.c: LayerNorm over the last dimension, out = (x - mean) / sqrt(var + epsilon) * weight + bias,
   with the biased variance. `mean` and `inverse` (1 / sqrt(var + epsilon)) [T] are saved. */

void kernel_normalize_forward(float *out, float *mean, float *inverse, const float *x,
                              const float *weight, const float *bias, float epsilon, size_t T,
                              size_t H);

/* x [T,H]: on entry the branch; on return residual + dropout(branch), the sum that is normalized into `out`.
   Element i of the rows given counts as first + i for dropout. */
void kernel_residual_normalize_forward(float *out, float *mean, float *inverse, float *x,
                                       const float *residual, const float *weight,
                                       const float *bias, float epsilon, kernel_dropout dropout,
                                       uint32_t first, size_t T, size_t H);

/* d_x [T,H] from d_out [T,H] (may be the same); adds to d_weight [H] and d_bias [H]. */
void kernel_normalize_backward(float *d_x, float *d_weight, float *d_bias, const float *d_out,
                               const float *x, const float *mean, const float *inverse,
                               const float *weight, size_t T, size_t H);

/* d_sum [T,H]: on entry the gradient of `out`, on return that of the sum (hence of the residual).
   d_branch [T,H]: that of the branch. Adds to d_weight and d_bias [H]. */
void kernel_residual_normalize_backward(float *d_sum, float *d_branch, float *d_weight,
                                        float *d_bias, const float *x, const float *mean,
                                        const float *inverse, const float *weight,
                                        kernel_dropout dropout, uint32_t first, size_t T, size_t H);

/* product_tiles.h, packing.h: c [rows, columns] = left [rows, inner] right [inner, columns], of operands packed before.
   It says how they are packed and why. */

/* The vector registers that a product is made for. KERNEL_BF16 is AVX-512 with operands rounded to bfloat16 and
   sums in float32; it is for `kernel_product` and its packing alone, elsewhere it is KERNEL_AVX512. */
typedef enum kernel_vectors { KERNEL_BASELINE, KERNEL_AVX2, KERNEL_AVX512, KERNEL_BF16 } kernel_vectors;

enum {
  KERNEL_PANEL = 32, /* columns of a panel of the right operand */
  KERNEL_SLACK = 16  /* floats that packing the left operand may touch past its end */
};

/* The widest that this processor has, KERNEL_AVX512 at most. */
kernel_vectors kernel_best_vectors(void);

/* Whether this processor has KERNEL_BF16. */
int kernel_has_bf16(void);

/* Packs a [rows, inner], or its transpose given as [inner, rows], rows of it `stride` apart, into rows * inner +
   KERNEL_SLACK floats. Where `sums` is not NULL, adds to sums [rows] the sums over the inner dimension. */
void kernel_pack_left(kernel_vectors kind, float *out, float *sums, const float *a, size_t stride,
                      int transposed, size_t rows, size_t inner);

/* Packs b [inner, columns], or its transpose given as [columns, inner], into inner * (columns rounded up to whole
   panels) floats. */
void kernel_pack_right(kernel_vectors kind, float *out, const float *b, size_t stride, int transposed,
                       size_t inner, size_t columns);

/* c = left right + bias, or c += left right where `adding`. Rows of c are `stride` apart; bias [columns] may be
   NULL, and must be where `adding`. */
void kernel_product(kernel_vectors kind, float *c, size_t stride, const float *left,
                    const float *right, const float *bias, size_t rows, size_t columns, size_t inner,
                    int adding);

/* The same where the left operand is a panel [rows][KERNEL_PANEL], as another product left it. */
void kernel_panel_product(kernel_vectors kind, float *c, size_t stride, const float *panel,
                          const float *right, size_t rows, size_t columns, int adding);

/* attention_panels.h: one panel of an attention head: scores [keys][KERNEL_PANEL queries]. */

/* p: on entry scores, on return dropout(e^(x - maximum)), x = score * scale + key_bias[key]; the softmax is this
   times `inverse` = 1 / sum e^(x - maximum). maximum, inverse [KERNEL_PANEL] are saved; key_bias [keys] may be
   NULL. For dropout, query and key are element (query + lane) * keys + key. */
void kernel_panel_softmax(kernel_vectors kind, float *p, float *maximum, float *inverse,
                          const float *key_bias, float scale, kernel_dropout dropout, uint32_t query,
                          size_t keys);

/* s: on entry scores, on return dropout(softmax). d: on entry the gradient of dropout(softmax), on return that
   of the scores before scaling. dots [KERNEL_PANEL]: the sum over the keys of dropout(softmax) times its gradient,
   which is the product of the context and its gradient. */
void kernel_panel_softmax_backward(kernel_vectors kind, float *s, float *d, const float *maximum,
                                   const float *inverse, const float *dots, const float *key_bias,
                                   float scale, kernel_dropout dropout, uint32_t query, size_t keys);

/* out [columns, rows], its rows `stride` apart, = panel [rows][KERNEL_PANEL] transposed, `columns` of it, column i
   times factors[i]; factors [KERNEL_PANEL] may be NULL. */
void kernel_panel_transpose(kernel_vectors kind, float *out, size_t stride, const float *panel,
                            const float *factors, size_t rows, size_t columns);

/* attention.c */

/* dots [rows] = the products of the rows of x and y [rows, columns]. */
void kernel_row_dots(float *dots, const float *x, size_t x_stride, const float *y, size_t y_stride,
                     size_t rows, size_t columns);

/* loss.c */

/* logits [rows,V]; losses [rows] = -log softmax(logits)[label]. With `gradient_scale` != 0, logits become the
   gradient: (softmax - onehot(label)) * gradient_scale. */
void kernel_cross_entropy(float *losses, float *logits, const int32_t *labels, float gradient_scale,
                          size_t rows, size_t V);

/* embedding.c */

/* x [T,H] = words[token] + states[state] + positions[place]; rows are given as tokens [T], states [T] and
   places [T]. */
void kernel_embedding_forward(float *x, const int32_t *tokens, const int32_t *states,
                              const int32_t *places, const float *words, const float *state_table,
                              const float *positions, size_t T, size_t H);

/* Adds d [T,H] to the rows of the three tables' gradients, columns from..<to only, so that threads can share
   the work by columns. Rows of `pad` tokens add nothing to d_words (padding_idx of torch.nn.Embedding). */
void kernel_embedding_backward(float *d_words, float *d_states, float *d_positions, const float *d,
                               const int32_t *tokens, const int32_t *states, const int32_t *places,
                               int32_t pad, size_t T, size_t H, size_t from, size_t to);

/* out [n,H] = x[rows[i]]. */
void kernel_gather_rows(float *out, const float *x, const int32_t *rows, size_t n, size_t H);

/* x[rows[i]] += d [n,H]; a row may come more than once. */
void kernel_scatter_add_rows(float *x, const float *d, const int32_t *rows, size_t n, size_t H);

/* pooling.c: one example's span of rows. */

/* mean [H] and/or maximum [H] (NULL: not wanted) over x [n,H], n >= 1; argmax [H] is saved. */
void kernel_pool_forward(float *mean, float *maximum, int32_t *argmax, const float *x, size_t n,
                         size_t H);

/* Adds to d_x [n,H] the gradients of mean and/or maximum (NULL: absent). */
void kernel_pool_backward(float *d_x, const float *d_mean, const float *d_maximum,
                          const int32_t *argmax, size_t n, size_t H);

/* optimizer.c */

/* One AdamW step (Loshchilov and Hutter, 2019, https://arxiv.org/abs/1711.05101) as torch.optim.AdamW computes
   it, with the factors of step t worked out by the caller in double precision:
   g = gradient * gradient_scale;  m = beta1 * m + rest1 * g;  v = beta2 * v + rest2 * g * g;
   w = w * keep - step * m / (sqrt(v) * root + epsilon). Leaves gradients 0. */
typedef struct kernel_adamw {
  float beta1, rest1;    /* rest1 = 1 - beta1 */
  float beta2, rest2;    /* rest2 = 1 - beta2 */
  float keep;            /* 1 - rate * decay */
  float step;            /* rate / (1 - beta1^t) */
  float root;            /* 1 / sqrt(1 - beta2^t) */
  float epsilon;
  float gradient_scale;  /* below 1 where the gradient is clipped */
} kernel_adamw;

void kernel_adamw_step(float *weights, float *first_moment, float *second_moment, float *gradients,
                       kernel_adamw settings, size_t count);

/* sums.c */

/* Adds the column sums of x [T,N] to sums [N]. */
void kernel_column_sums(float *sums, const float *x, size_t T, size_t N);

/* The sum of squares. */
double kernel_sum_of_squares(const float *x, size_t count);

#endif
