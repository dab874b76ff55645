#ifndef FLOW_LANDLOCK_H
#define FLOW_LANDLOCK_H

#include <stdint.h>

/* The Linux kernel's Landlock, for which glibc has no functions and Debian's headers are older than kernels in use.
   Source: https://docs.kernel.org/userspace-api/landlock.html and include/uapi/linux/landlock.h. */

/* Rights on files and directories; the number is the ABI that has them, 1 where none is given. */
#define FLOW_LANDLOCK_EXECUTE (1ULL << 0)
#define FLOW_LANDLOCK_WRITE_FILE (1ULL << 1)
#define FLOW_LANDLOCK_READ_FILE (1ULL << 2)
#define FLOW_LANDLOCK_READ_DIR (1ULL << 3)
#define FLOW_LANDLOCK_REMOVE_DIR (1ULL << 4)
#define FLOW_LANDLOCK_REMOVE_FILE (1ULL << 5)
#define FLOW_LANDLOCK_MAKE_CHAR (1ULL << 6)
#define FLOW_LANDLOCK_MAKE_DIR (1ULL << 7)
#define FLOW_LANDLOCK_MAKE_REG (1ULL << 8)
#define FLOW_LANDLOCK_MAKE_SOCK (1ULL << 9)
#define FLOW_LANDLOCK_MAKE_FIFO (1ULL << 10)
#define FLOW_LANDLOCK_MAKE_BLOCK (1ULL << 11)
#define FLOW_LANDLOCK_MAKE_SYM (1ULL << 12)
#define FLOW_LANDLOCK_REFER (1ULL << 13)     /* 2 */
#define FLOW_LANDLOCK_TRUNCATE (1ULL << 14)  /* 3 */
#define FLOW_LANDLOCK_IOCTL_DEV (1ULL << 15) /* 5 */

/* Rights on TCP ports: ABI 4. */
#define FLOW_LANDLOCK_BIND_TCP (1ULL << 0)
#define FLOW_LANDLOCK_CONNECT_TCP (1ULL << 1)

/* What stays inside the sandbox: ABI 6. */
#define FLOW_LANDLOCK_SCOPE_ABSTRACT_SOCKETS (1ULL << 0)
#define FLOW_LANDLOCK_SCOPE_SIGNALS (1ULL << 1)

/* The kernel's ABI, 0 where it has no Landlock or does not offer it. */
int flow_landlock_abi(void);

/* A descriptor, closed on exec, of an empty set of rules: what is handled and not allowed later is denied.
   The masks must hold nothing that `abi` lacks. -1 with errno on failure. */
int flow_landlock_ruleset(int abi, uint64_t files, uint64_t network, uint64_t scopes);

/* Opens what is there as a place for a rule and nothing else (O_PATH), closed on exec. -1 with errno on failure. */
int flow_landlock_place(const char *path);

/* Allows rights on what `descriptor` has open and all below it. -1 with errno on failure. */
int flow_landlock_allow(int ruleset, int descriptor, uint64_t rights);

#endif
