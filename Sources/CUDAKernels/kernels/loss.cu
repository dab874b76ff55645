/* loss.cu - cross entropy, a block for each row of logits. */
#pragma once
#include "common.cuh"

/* losses [rows] = -log softmax(logits)[label]. With `gradient_scale` != 0, logits become the gradient:
   (softmax - onehot(label)) * gradient_scale. */
KERNEL cross_entropy(float *losses, float *logits, const int *labels, float gradient_scale, int vocabulary) {
  u64 r = blockIdx.x;
  float *row = logits + r * vocabulary;
  int label = labels[r];
  float scored = row[label], most = MINUS_INFINITY, sum = 0;
  for (int i = threadIdx.x; i < vocabulary; i += blockDim.x) most = fmaxf(most, row[i]);
  most = block_maximum(most);
  for (int i = threadIdx.x; i < vocabulary; i += blockDim.x) sum += expf(row[i] - most);
  sum = block_sum(sum);
  if (threadIdx.x == 0) losses[r] = logf(sum) + most - scored;
  if (gradient_scale == 0.0f) return;
  float factor = gradient_scale / sum;
  for (int i = threadIdx.x; i < vocabulary; i += blockDim.x)
    row[i] = expf(row[i] - most) * factor - (i == label ? gradient_scale : 0.0f);
}
