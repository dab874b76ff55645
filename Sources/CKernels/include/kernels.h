/*
 * kernels.h - elementwise arithmetic of a BERT encoder, forward and backward in pairs.
 *
 * Every function works on the rows it is given, on one thread, allocates nothing and keeps no state: the
 * caller owns memory, threads and order. Arrays are dense, row-major float32 unless said otherwise.
 *
 *   T rows of activations (batch x length)     H hidden size      I intermediate size
 *   L keys of one attention row                V vocabulary       S states
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
   Kept elements are multiplied by `scale` = 1 / (1 - p). threshold = round(p * 2^32); 0 is no dropout. */
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

/* pre [T,I]: on entry the product without bias, on return product + bias; out [T,I] = gelu(pre), the exact
   form x * Phi(x). */
void kernel_bias_gelu_forward(float *out, float *pre, const float *bias, size_t T, size_t I);

/* d [T,I]: on entry the gradient of gelu's output, on return that of `pre`. Adds its column sums to
   d_bias [I]. */
void kernel_bias_gelu_backward(float *d, float *d_bias, const float *pre, size_t T, size_t I);

/* x [T,N] += bias [N], every row. */
void kernel_bias_add(float *x, const float *bias, size_t T, size_t N);

/* Adds the column sums of d [T,N] to d_bias [N]. */
void kernel_column_sums(float *d_bias, const float *d, size_t T, size_t N);

/* normalize.c: LayerNorm over the last dimension, out = (x - mean) / sqrt(var + epsilon) * weight + bias,
   with the biased variance. `mean` and `inverse` (1 / sqrt(var + epsilon)) [T] are saved. */

void kernel_normalize_forward(float *out, float *mean, float *inverse, const float *x,
                              const float *weight, const float *bias, float epsilon, size_t T,
                              size_t H);

/* x [T,H]: on entry the branch (a product without bias); on return
   residual + dropout(branch + branch_bias), the sum that is normalized into `out`. Element i of the rows
   given counts as first + i for dropout. */
void kernel_residual_normalize_forward(float *out, float *mean, float *inverse, float *x,
                                       const float *branch_bias, const float *residual,
                                       const float *weight, const float *bias, float epsilon,
                                       kernel_dropout dropout, uint32_t first, size_t T, size_t H);

/* d_x [T,H] from d_out [T,H] (may be the same); adds to d_weight [H] and d_bias [H]. */
void kernel_normalize_backward(float *d_x, float *d_weight, float *d_bias, const float *d_out,
                               const float *x, const float *mean, const float *inverse,
                               const float *weight, size_t T, size_t H);

/* d_sum [T,H]: on entry the gradient of `out`, on return that of the sum (hence of the residual).
   d_branch [T,H]: that of the branch. Adds to d_weight, d_bias, d_branch_bias [H]. */
void kernel_residual_normalize_backward(float *d_sum, float *d_branch, float *d_weight,
                                        float *d_bias, float *d_branch_bias, const float *x,
                                        const float *mean, const float *inverse,
                                        const float *weight, kernel_dropout dropout, uint32_t first,
                                        size_t T, size_t H);

/* softmax.c: one attention tile, rows = queries, columns = L keys. */

/* p [rows,L]: on entry scores, on return softmax(scores * scale + key_bias). key_bias [L] may be NULL. */
void kernel_softmax_forward(float *p, const float *key_bias, float scale, size_t rows, size_t L);

/* d [rows,L]: on entry the gradient of dropout(p), on return that of the scores before scaling. */
void kernel_softmax_backward(float *d, const float *p, float scale, kernel_dropout dropout,
                             uint32_t first, size_t rows, size_t L);

/* loss.c */

/* logits [rows,V], without bias. losses [rows] = -log softmax(logits + bias)[label]. With `gradient_scale`
   != 0, logits become the gradient: (softmax - onehot(label)) * gradient_scale; with 0 they become
   logits + bias. */
void kernel_cross_entropy(float *losses, float *logits, const float *bias, const int32_t *labels,
                          float gradient_scale, size_t rows, size_t V);

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

/* The sum of squares. */
double kernel_sum_of_squares(const float *x, size_t count);

#endif
