#ifndef FLOW_FACTS_H
#define FLOW_FACTS_H

#include <stdint.h>

/* What Swift's Glibc module does not tell of a machine. */

/* The kind of the file system at `path` (statfs.f_type), -1 where it is not known. */
int64_t flow_file_system(const char *path);

/* The C library's version. */
const char *flow_libc_version(void);

enum flow_limit { FLOW_LIMIT_OPEN_FILES, FLOW_LIMIT_PROCESSES, FLOW_LIMIT_FILE_SIZE, FLOW_LIMIT_ADDRESS_SPACE };

/* A limit of this process (getrlimit), INT64_MAX for none. */
int64_t flow_limit_of(enum flow_limit limit);

#endif
