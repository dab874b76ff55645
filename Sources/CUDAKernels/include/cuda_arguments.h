/*
 * cuda_arguments.h - what kernels take by value besides numbers and addresses; the same text for the host and for
 * the device.
 */
#ifndef FLOW_CUDA_ARGUMENTS_H
#define FLOW_CUDA_ARGUMENTS_H

/* Dropout of one tensor; the meaning of `kernel_dropout` in CKernels' kernels.h, the two halves of the key in
   one. In attention the key is that of the first (sequence, head) before it is mixed. */
typedef struct cuda_dropout {
  unsigned long long key;
  unsigned int threshold;
  float scale;
} cuda_dropout;

/* One AdamW step; the meaning of `kernel_adamw` in CKernels' kernels.h. */
typedef struct cuda_adamw {
  float beta1, rest1, beta2, rest2;
  float keep, step, root, epsilon, gradient_scale;
} cuda_adamw;

/* The sizes of one attention. scale = 1 / sqrt(size). */
typedef struct cuda_attention {
  int length, heads, size;
  float scale;
} cuda_attention;

#endif
