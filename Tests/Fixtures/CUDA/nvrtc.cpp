/* nvrtc.cpp - libnvrtc: the text that it is given, compiled as C++ by clang after device.h; the same text only once.
   COMPILER, SOURCES (the directory of device.h) and MODULES (where to put what is compiled) are defined when this is
   compiled. */
#include "emulator.h"
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

struct Program {
  char directory[4200];
  char library[4300];
  uint64_t hash; /* of all text, FNV-1a */
  char *log;
};

static uint64_t hash_of(uint64_t hash, const char *text) {
  for (; *text; text++) hash = (hash ^ (unsigned char)*text) * 0x100000001b3;
  return hash;
}

API int nvrtcVersion(int *major, int *minor) { return *major = 13, *minor = 0; }
API int nvrtcGetNumSupportedArchs(int *count) { return *count = 3, 0; }
API int nvrtcGetSupportedArchs(int *list) { return list[0] = 75, list[1] = 80, list[2] = 90, 0; }
API const char *nvrtcGetErrorString(int error) { return error ? "NVRTC_ERROR_COMPILATION" : "NVRTC_SUCCESS"; }

static bool write_file(const char *directory, const char *name, const char *mode, const char *text) {
  char path[4400];
  snprintf(path, sizeof path, "%s/%s", directory, name);
  FILE *file = fopen(path, mode);
  if (!file) return false;
  fputs(text, file);
  return fclose(file) == 0;
}

/* Lines "KERNEL name(" and "TILE_KERNEL name(" become launchers. */
static bool write_launchers(const char *directory, const char *text) {
  for (const char *line = text; line; line = strchr(line, '\n'), line += line != nullptr) {
    const char *name = strncmp(line, "KERNEL ", 7) == 0         ? line + 7
                       : strncmp(line, "TILE_KERNEL ", 12) == 0 ? line + 12
                                                                : nullptr;
    if (!name) continue;
    char launcher[256];
    snprintf(launcher, sizeof launcher, "EMULATED_KERNEL(%.*s)\n", (int)strcspn(name, "("), name);
    if (!write_file(directory, "kernels.cu", "a", launcher)) return false;
  }
  return true;
}

API int nvrtcCreateProgram(Program **result, const char *text, const char *name, int headers,
                           const char *const *texts, const char *const *names) {
  Program *program = (Program *)calloc(1, sizeof *program);
  snprintf(program->directory, sizeof program->directory, MODULES "/program-XXXXXX");
  if (strcmp(name, "kernels.cu") || !mkdtemp(program->directory)) return 1;
  program->hash = hash_of(0xcbf29ce484222325, text);
  for (int i = 0; i < headers; i++) program->hash = hash_of(program->hash, texts[i]);
  snprintf(program->library, sizeof program->library, MODULES "/module-%016llx.so",
           (unsigned long long)program->hash);
  bool whole = write_file(program->directory, name, "w", text);
  for (int i = 0; i < headers; i++) whole = whole && write_file(program->directory, names[i], "w", texts[i]);
  for (int i = 0; i < headers; i++) whole = whole && write_launchers(program->directory, texts[i]);
  program->log = (char *)calloc(1, 1 << 16);
  *result = program;
  return whole ? 0 : 1;
}

API int nvrtcCompileProgram(Program *program, int count, const char *const *options) {
  if (count != 1 || strncmp(options[0], "--gpu-architecture=", 19)) return 5;
  if (access(program->library, F_OK) == 0) return 0;
  char source[4300], errors[4300], library[4300];
  snprintf(source, sizeof source, "%s/kernels.cu", program->directory);
  snprintf(errors, sizeof errors, "%s/log", program->directory);
  snprintf(library, sizeof library, "%s/module.so", program->directory);
  const char *command[] = {COMPILER, "-x", "c++", "-std=c++17", "-nostdinc++", "-O1", "-fPIC", "-shared",
                           "-fno-exceptions", "-fno-rtti", "-fno-strict-aliasing", "-include",
                           SOURCES "/device.h", source, "-o", library, "-lm", nullptr};
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 2, errors, 0101 | 01000, 0644);
  pid_t pid;
  int status = 1;
  if (posix_spawn(&pid, COMPILER, &actions, nullptr, (char **)command, environ) == 0) waitpid(pid, &status, 0);
  posix_spawn_file_actions_destroy(&actions);
  if (FILE *file = fopen(errors, "r")) {
    program->log[fread(program->log, 1, (1 << 16) - 1, file)] = 0;
    fclose(file);
  }
  return status == 0 && rename(library, program->library) == 0 ? 0 : 6;
}

API int nvrtcDestroyProgram(Program **program) {
  free((*program)->log);
  free(*program);
  return *program = nullptr, 0;
}
API int nvrtcGetProgramLogSize(Program *program, size_t *size) { return *size = strlen(program->log) + 1, 0; }
API int nvrtcGetProgramLog(Program *program, char *text) { return strcpy(text, program->log), 0; }
API int nvrtcGetCUBINSize(Program *program, size_t *size) { return *size = strlen(program->library) + 1, 0; }
API int nvrtcGetCUBIN(Program *program, char *code) { return strcpy(code, program->library), 0; }
API int nvrtcGetPTXSize(Program *program, size_t *size) { return nvrtcGetCUBINSize(program, size); }
API int nvrtcGetPTX(Program *program, char *code) { return nvrtcGetCUBIN(program, code); }
