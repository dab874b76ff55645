#define _GNU_SOURCE
#include "landlock.h"

#include <fcntl.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The same numbers on all architectures. */
#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_add_rule 445
#endif

struct ruleset_attributes {
  uint64_t files;
  uint64_t network; /* ABI 4 */
  uint64_t scopes;  /* ABI 6 */
};

struct path_rule {
  uint64_t rights;
  int32_t descriptor;
} __attribute__((packed));

int flow_landlock_abi(void) {
  const unsigned version = 1; /* LANDLOCK_CREATE_RULESET_VERSION */
  long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, version);
  return abi < 0 ? 0 : (int)abi;
}

int flow_landlock_ruleset(int abi, uint64_t files, uint64_t network, uint64_t scopes) {
  struct ruleset_attributes attributes = {files, network, scopes};
  size_t size = abi >= 6 ? sizeof attributes : abi >= 4 ? 2 * sizeof(uint64_t) : sizeof(uint64_t);
  return (int)syscall(SYS_landlock_create_ruleset, &attributes, size, 0);
}

int flow_landlock_place(const char *path) { return open(path, O_PATH | O_CLOEXEC); }

int flow_landlock_allow(int ruleset, int descriptor, uint64_t rights) {
  struct path_rule rule = {rights, descriptor};
  return (int)syscall(SYS_landlock_add_rule, ruleset, 1 /* LANDLOCK_RULE_PATH_BENEATH */, &rule, 0);
}
