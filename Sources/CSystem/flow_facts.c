#define _GNU_SOURCE
#include "flow_facts.h"

#include <gnu/libc-version.h>
#include <sys/resource.h>
#include <sys/vfs.h>

int64_t flow_file_system(const char *path) {
  struct statfs status;
  return statfs(path, &status) == 0 ? (int64_t)((uint64_t)status.f_type & 0xFFFFFFFFu) : -1;
}

const char *flow_libc_version(void) { return gnu_get_libc_version(); }

int64_t flow_limit_of(enum flow_limit limit) {
  struct rlimit found;
  const int resource = limit == FLOW_LIMIT_OPEN_FILES  ? RLIMIT_NOFILE
                       : limit == FLOW_LIMIT_PROCESSES ? RLIMIT_NPROC
                       : limit == FLOW_LIMIT_FILE_SIZE ? RLIMIT_FSIZE
                                                       : RLIMIT_AS;
  if (getrlimit(resource, &found) != 0 || found.rlim_cur > INT64_MAX) return INT64_MAX;
  return (int64_t)found.rlim_cur;
}
