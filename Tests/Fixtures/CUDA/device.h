/*
 * device.h - CUDA C on the processor; included before kernels that are compiled as C++.
 *
 * The threads of a block are fibers, run one after the other up to the next barrier or shuffle; a warp runs ahead of
 * the others up to the next barrier, so that a missing one shows; blocks follow each other. Fibers switch by _longjmp, which costs some nanoseconds; their first start is by setcontext.
 */
#include <math.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>

struct dim3 { unsigned x, y, z; };
struct __attribute__((aligned(16))) float4 { float x, y, z, w; };

/* Not static, so that the compiler reads them anew after a switch. */
dim3 threadIdx, blockIdx, blockDim, gridDim;

#define __global__
#define __device__ static
#define __shared__ static __attribute__((section("emulated_shared")))
#define __align__(bytes) __attribute__((aligned(bytes)))
#define __launch_bounds__(...)

extern char __start_emulated_shared[], __stop_emulated_shared[];

enum Wait { READY, SHUFFLE, BALLOT, BARRIER, BARRIER_OR, DONE };

struct Fiber {
  jmp_buf place;
  ucontext_t start;
  int isStarted;
  Wait wait;
  unsigned value; /* what the thread brings to a shuffle, a vote or a barrier */
  int lanes;      /* a shuffle's distance */
  unsigned result;
};

enum { MAXIMUM_THREADS = 1024, STACK = 128 << 10 };
static Fiber fibers[MAXIMUM_THREADS];
static jmp_buf scheduler;
static int current;
static void (*body)(void **);
static void **arguments;

static void fail(const char *what) {
  fprintf(stderr, "emulated GPU: block %u, thread %d: %s\n", blockIdx.x, current, what);
  abort();
}

static unsigned yield(Wait wait, unsigned value, int lanes = 0) {
  Fiber *self = &fibers[current];
  self->wait = wait;
  self->value = value;
  self->lanes = lanes;
  if (!_setjmp(self->place)) _longjmp(scheduler, 1);
  return self->result;
}

static void fiber_main() {
  for (;;) {
    body(arguments);
    yield(DONE, 0);
  }
}

static void resume(int thread) {
  Fiber *fiber = &fibers[thread];
  current = thread;
  threadIdx = {(unsigned)thread, 0, 0};
  if (_setjmp(scheduler)) return;
  if (fiber->isStarted) _longjmp(fiber->place, 1);
  fiber->isStarted = 1;
  getcontext(&fiber->start);
  fiber->start.uc_stack.ss_sp = malloc(STACK);
  fiber->start.uc_stack.ss_size = STACK;
  fiber->start.uc_link = nullptr;
  makecontext(&fiber->start, fiber_main, 0);
  setcontext(&fiber->start);
}

/* Gives the threads of a warp what the others brought; false where they do not wait for that. */
static bool release_warp(int first) {
  Fiber *warp = &fibers[first];
  Wait wait = warp->wait;
  bool some = false;
  for (int lane = 0; lane < 32; lane++)
    some |= warp[lane].wait == SHUFFLE || warp[lane].wait == BALLOT;
  if (!some) return false;
  unsigned votes = 0;
  for (int lane = 0; lane < 32; lane++) {
    if (warp[lane].wait != wait || warp[lane].lanes != warp->lanes)
      fail("threads of a warp part ways at a shuffle or a vote");
    votes |= (unsigned)(warp[lane].value != 0) << lane;
  }
  for (int lane = 0; lane < 32; lane++) {
    warp[lane].result = wait == BALLOT ? votes : warp[lane ^ warp->lanes].value;
    warp[lane].wait = READY;
  }
  return true;
}

static void release_block(int threads) {
  unsigned any = 0;
  for (int t = 0; t < threads; t++) {
    if (fibers[t].wait != fibers[0].wait) fail("a barrier is not reached by all threads");
    any |= fibers[t].value;
  }
  for (int t = 0; t < threads; t++) {
    fibers[t].result = any;
    fibers[t].wait = READY;
  }
}

static void run_block(int threads, bool backwards) {
  memset(__start_emulated_shared, 0xFF, __stop_emulated_shared - __start_emulated_shared);
  for (int t = 0; t < threads; t++) fibers[t].wait = READY;
  int warps = threads / 32;
  for (;;) {
    int done = 0;
    for (int i = 0; i < warps; i++) {
      int first = 32 * (backwards ? warps - 1 - i : i);
      /* A warp runs as far ahead of the others as it can: to the next barrier of the block. */
      do
        for (int lane = 0; lane < 32; lane++) {
          int t = first + (backwards ? 31 - lane : lane);
          if (fibers[t].wait == READY) resume(t);
        }
      while (release_warp(first));
      for (int lane = 0; lane < 32; lane++) done += fibers[first + lane].wait == DONE;
    }
    if (done == threads) return;
    release_block(threads);
  }
}

static void launch(void (*call)(void **), const unsigned *sizes, void **values, bool backwards) {
  gridDim = {sizes[0], sizes[1], 1};
  blockDim = {sizes[2], 1, 1};
  body = call;
  arguments = values;
  unsigned blocks = gridDim.x * gridDim.y;
  for (unsigned i = 0; i < blocks; i++) {
    unsigned block = backwards ? blocks - 1 - i : i;
    blockIdx = {block % gridDim.x, block / gridDim.x, 0};
    run_block(blockDim.x, backwards);
  }
}

/* Calls a kernel with arguments that are given by their addresses, as cuLaunchKernel has them. */
template <class T, T... I> struct Sequence {};
template <class... A, int... I>
static void call(void (*kernel)(A...), void **values, Sequence<int, I...>) {
  kernel(*(A *)values[I]...);
}
template <class... A> static void call(void (*kernel)(A...), void **values) {
  call(kernel, values, __make_integer_seq<Sequence, int, sizeof...(A)>());
}
#define EMULATED_KERNEL(name)                                                                       \
  static void body_##name(void **values) { call(name, values); }                                    \
  extern "C" void launch_##name(const unsigned *sizes, void **values, int backwards) {              \
    launch(body_##name, sizes, values, backwards != 0);                                             \
  }

/* What CUDA C has without a header. */
static inline void __syncthreads() { yield(BARRIER, 0); }
static inline int __syncthreads_or(int value) { return yield(BARRIER_OR, value != 0) != 0; }
static inline unsigned __ballot_sync(unsigned, int value) { return yield(BALLOT, value != 0); }
static inline float __uint_as_float(unsigned bits) {
  float value;
  memcpy(&value, &bits, 4);
  return value;
}
static inline float __shfl_xor_sync(unsigned, float value, int lanes) {
  unsigned bits;
  memcpy(&bits, &value, 4);
  return __uint_as_float(yield(SHUFFLE, bits, lanes));
}
static inline int __ffs(unsigned bits) { return __builtin_ffs((int)bits); }
static inline int min(int a, int b) { return a < b ? a : b; }
static inline float normcdff(float x) { return 0.5f * erfcf(-x * 0.70710678f); }
