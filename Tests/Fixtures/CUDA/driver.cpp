/* driver.cpp - libcuda.so.1: one device's memory, modules made by nvrtc.cpp, launches that run at once. */
#include "emulator.h"
#include <pthread.h>
#include <sys/mman.h>

typedef int Result;
enum : Result {
  SUCCESS = 0, INVALID_VALUE = 1, OUT_OF_MEMORY = 2, NO_DEVICE = 100, INVALID_DEVICE = 101, INVALID_IMAGE = 200,
  INVALID_CONTEXT = 201, NOT_FOUND = 500
};

static int devices = 1, capability = 90, mebibytes = 1024, driver_version = 13000;

const char *library_directory() {
  static char path[4096];
  Dl_info info;
  if (!dladdr((void *)library_directory, &info)) return ".";
  snprintf(path, sizeof path, "%s", info.dli_fname);
  char *slash = strrchr(path, '/');
  if (slash) *slash = 0;
  return path;
}

/* Memory: addresses are never given twice, and are only accessible between open_memory and close_memory. */

enum : size_t { SPACE = (size_t)1 << 38, BORDER = 256, FILLED = (size_t)4 << 20 };
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char *space;
static size_t used, live_bytes;
static struct Block { char *start; size_t size; } *blocks;
static size_t block_count, block_room;

void open_memory() {
  pthread_mutex_lock(&lock);
  if (used && mprotect(space, used, PROT_READ | PROT_WRITE)) abort();
}

void close_memory() {
  if (used && mprotect(space, used, PROT_NONE)) abort();
  pthread_mutex_unlock(&lock);
}

static Block *block_of(uint64_t address, size_t bytes) {
  char *start = (char *)address;
  for (size_t i = 0; i < block_count; i++)
    if (start >= blocks[i].start && start + bytes <= blocks[i].start + blocks[i].size) return &blocks[i];
  return nullptr;
}

static thread_local void *context;
static char the_context, the_stream;
static int backwards;

/* For tests: whether threads and blocks run from the last to the first. */
API void emulated_run_backwards(int value) {
  open_memory();
  backwards = value;
  close_memory();
}

API Result cuInit(unsigned) {
  char path[4200];
  snprintf(path, sizeof path, "%s/device.txt", library_directory());
  if (FILE *file = fopen(path, "r")) {
    int count = fscanf(file, "%d %d %d %d", &devices, &capability, &mebibytes, &driver_version);
    fclose(file);
    if (count != 4) return INVALID_VALUE;
  }
  return devices > 0 ? SUCCESS : NO_DEVICE;
}
API Result cuDriverGetVersion(int *version) { return *version = driver_version, SUCCESS; }
API Result cuDeviceGetCount(int *count) { return *count = devices, SUCCESS; }
API Result cuDeviceGet(int *device, int index) {
  if (index >= devices) return INVALID_DEVICE;
  return *device = index, SUCCESS;
}
API Result cuDeviceGetName(char *name, int size, int) {
  return snprintf(name, size, "Emulated GPU"), SUCCESS;
}
API Result cuDeviceGetAttribute(int *value, int attribute, int) {
  if (attribute == 75) return *value = capability / 10, SUCCESS;
  if (attribute == 76) return *value = capability % 10, SUCCESS;
  return INVALID_VALUE;
}
API Result cuDevicePrimaryCtxRetain(void **result, int) { return *result = &the_context, SUCCESS; }
API Result cuCtxSetCurrent(void *value) { return context = value, SUCCESS; }
API Result cuStreamCreate(void **stream, unsigned flags) {
  if (!context) return INVALID_CONTEXT;
  return *stream = &the_stream, flags == 1 ? SUCCESS : INVALID_VALUE;
}
API Result cuStreamSynchronize(void *stream) {
  if (!context) return INVALID_CONTEXT;
  return stream == &the_stream ? SUCCESS : INVALID_VALUE;
}

API Result cuMemAlloc_v2(uint64_t *address, size_t size) {
  if (!context) return INVALID_CONTEXT;
  if (size == 0) return INVALID_VALUE;
  open_memory();
  if (!space) {
    space = (char *)mmap(nullptr, SPACE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (space == MAP_FAILED) abort();
  }
  size_t whole = ((size + 255) / 256 * 256 + BORDER + 4095) / 4096 * 4096;
  Result result = OUT_OF_MEMORY;
  if (live_bytes + size <= (size_t)mebibytes << 20 && used + whole <= SPACE) {
    char *start = space + used;
    used += whole;
    live_bytes += size;
    if (mprotect(start, whole, PROT_READ | PROT_WRITE)) abort();
    memset(start, 0xFF, size < FILLED ? size : FILLED);
    memset(start + size, 0xA5, BORDER);
    if (block_count == block_room) {
      block_room = 2 * block_room + 64;
      blocks = (Block *)realloc(blocks, block_room * sizeof *blocks);
    }
    blocks[block_count++] = {start, size};
    *address = (uint64_t)start;
    result = SUCCESS;
  }
  close_memory();
  return result;
}

API Result cuMemFree_v2(uint64_t address) {
  if (!context) return INVALID_CONTEXT;
  open_memory();
  Result result = INVALID_VALUE;
  for (size_t i = 0; i < block_count; i++) {
    if (blocks[i].start != (char *)address) continue;
    for (size_t at = 0; at < BORDER; at++)
      if ((unsigned char)blocks[i].start[blocks[i].size + at] != 0xA5) {
        fprintf(stderr, "emulated GPU: something was written past the end of %zu bytes\n", blocks[i].size);
        abort();
      }
    madvise(blocks[i].start, (blocks[i].size + BORDER + 4095) / 4096 * 4096, MADV_DONTNEED);
    live_bytes -= blocks[i].size;
    blocks[i] = blocks[--block_count];
    result = SUCCESS;
    break;
  }
  close_memory();
  return result;
}

API Result cuMemGetInfo_v2(size_t *free, size_t *total) {
  *total = (size_t)mebibytes << 20;
  *free = *total - live_bytes;
  return SUCCESS;
}

static Result access_block(uint64_t address, size_t bytes, void *stream, void (*body)(void *, void *, size_t),
                           void *other) {
  if (!context) return INVALID_CONTEXT;
  if (stream != &the_stream) return INVALID_VALUE;
  open_memory();
  Result result = block_of(address, bytes) ? SUCCESS : INVALID_VALUE;
  if (result == SUCCESS) body((void *)address, other, bytes);
  close_memory();
  return result;
}
API Result cuMemcpyHtoDAsync_v2(uint64_t to, const void *from, size_t bytes, void *stream) {
  return access_block(to, bytes, stream, [](void *a, void *b, size_t n) { memcpy(a, b, n); }, (void *)from);
}
API Result cuMemcpyDtoHAsync_v2(void *to, uint64_t from, size_t bytes, void *stream) {
  return access_block(from, bytes, stream, [](void *a, void *b, size_t n) { memcpy(b, a, n); }, to);
}
API Result cuMemsetD8Async(uint64_t to, unsigned char value, size_t bytes, void *stream) {
  return access_block(
      to, bytes, stream, [](void *a, void *b, size_t n) { memset(a, (int)(intptr_t)b, n); },
      (void *)(intptr_t)value);
}

/* Modules: the "machine code" is the path of a library, made by nvrtc.cpp. */

API Result cuModuleLoadData(void **module, const void *image) {
  if (!context) return INVALID_CONTEXT;
  *module = dlopen((const char *)image, RTLD_NOW | RTLD_LOCAL);
  if (!*module) fprintf(stderr, "emulated GPU: %s\n", dlerror());
  return *module ? SUCCESS : INVALID_IMAGE;
}
API Result cuModuleUnload(void *) { return SUCCESS; }
API Result cuModuleGetFunction(void **function, void *module, const char *name) {
  char symbol[256];
  snprintf(symbol, sizeof symbol, "launch_%s", name);
  *function = dlsym(module, symbol);
  return *function ? SUCCESS : NOT_FOUND;
}
API Result cuLaunchKernel(void *function, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by,
                          unsigned bz, unsigned shared, void *stream, void **arguments, void **extra) {
  if (!context) return INVALID_CONTEXT;
  if (gx == 0 || gy == 0 || gy > 65535 || gz != 1 || bx == 0 || bx > 1024 || bx % 32 || by != 1 || bz != 1 ||
      shared || stream != &the_stream || extra)
    return INVALID_VALUE;
  unsigned sizes[3] = {gx, gy, bx};
  open_memory();
  ((void (*)(const unsigned *, void **, int))function)(sizes, arguments, backwards);
  close_memory();
  return SUCCESS;
}

API Result cuGetErrorName(Result error, const char **name) {
  *name = error == OUT_OF_MEMORY    ? "CUDA_ERROR_OUT_OF_MEMORY"
          : error == NO_DEVICE      ? "CUDA_ERROR_NO_DEVICE"
          : error == INVALID_VALUE  ? "CUDA_ERROR_INVALID_VALUE"
                                    : "an error of the emulated driver";
  return SUCCESS;
}
API Result cuGetErrorString(Result error, const char **text) {
  return *text = error == NO_DEVICE ? "no CUDA-capable device is detected" : "as told by the emulated driver",
         SUCCESS;
}
