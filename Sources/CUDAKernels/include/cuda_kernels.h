/*
 * cuda_kernels.h - the text of the CUDA kernels, for a compiler at run time (NVRTC).
 */
#ifndef FLOW_CUDA_KERNELS_H
#define FLOW_CUDA_KERNELS_H

#include "cuda_arguments.h"

typedef struct cuda_source {
  const char *name; /* as the others include it */
  const char *text;
} cuda_source;

/* The files that the program is made of, in the order in which it includes them. */
int cuda_source_count(void);
cuda_source cuda_source_at(int index);

#endif
