// Why not posix_spawn(3): it has no word for a Landlock ruleset, a parent's death or a descriptor of the process, and it
// looks at all 64 signals, one call each. vfork(2) is what it does inside: the child borrows the parent's memory, which
// therefore costs nothing to copy however large the engine is, and the parent waits until the child has called execve.
// Between the two the child may only make system calls: no allocation, no lock, no library that keeps state.
#define _GNU_SOURCE
#include "flow_spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

// Of kernels newer than Debian 12's headers need know; numbers are the same on all architectures.
#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif
#ifndef SYS_landlock_restrict_self
#define SYS_landlock_restrict_self 446
#endif

// With these root gets around a sandbox that holds everyone else: they reach other processes (CAP_PERFMON reads their
// environment), files by handle, devices, the kernel. What installs and owns files stays.
static int drop_capabilities(void) {
  static const unsigned dropped[] = {
      CAP_DAC_READ_SEARCH, CAP_SETPCAP, CAP_LINUX_IMMUTABLE, CAP_NET_ADMIN, CAP_NET_RAW, CAP_SYS_MODULE, CAP_SYS_RAWIO,
      CAP_SYS_CHROOT, CAP_SYS_PTRACE, CAP_SYS_PACCT, CAP_SYS_ADMIN, CAP_SYS_BOOT, CAP_SYS_TIME, CAP_SYS_TTY_CONFIG,
      CAP_MKNOD, CAP_AUDIT_CONTROL, CAP_MAC_OVERRIDE, CAP_MAC_ADMIN, CAP_SYSLOG, CAP_PERFMON, CAP_BPF,
      CAP_CHECKPOINT_RESTORE,
  };
  struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  struct __user_cap_data_struct sets[2] = {{0, 0, 0}, {0, 0, 0}};
  if (syscall(SYS_capget, &header, sets) != 0) return errno;
  if (sets[0].permitted == 0 && sets[1].permitted == 0) return 0;
  for (unsigned i = 0; i < sizeof dropped / sizeof *dropped; i++) {
    const unsigned mask = ~CAP_TO_MASK(dropped[i]);
    struct __user_cap_data_struct *set = &sets[CAP_TO_INDEX(dropped[i])];
    set->effective &= mask;
    set->permitted &= mask;
    set->inheritable &= mask;
  }
  return syscall(SYS_capset, &header, sets) == 0 ? 0 : errno;
}

static int start(const struct flow_spawn *request, const sigset_t *none, pid_t parent) {
  if (setpgid(0, 0) != 0) return errno;
  // Signals that are caught fall back to their default by execve; those that are ignored would stay ignored.
  static const int ignorable[] = {SIGPIPE, SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGTTOU};
  struct sigaction standard = {.sa_handler = SIG_DFL};
  for (unsigned i = 0; i < sizeof ignorable / sizeof *ignorable; i++) sigaction(ignorable[i], &standard, NULL);
  if (request->death_signal != 0) {
    if (prctl(PR_SET_PDEATHSIG, request->death_signal) != 0) return errno;
    // The parent may have died before it was asked for.
    if (getppid() != parent) return ESRCH;
  }
  // A descriptor that already has its number needs its close-on-exec flag cleared, which dup2 then does not do. One
  // that stands where another is to go is not expected: 0 to 2 are open in every process that flow runs in.
  const int wanted[] = {request->input, request->output, request->error};
  for (int i = 0; i < 3; i++) {
    if (wanted[i] == i ? fcntl(i, F_SETFD, 0) != 0 : dup2(wanted[i], i) < 0) return errno;
  }
  if (request->kept >= 0 && fcntl(request->kept, F_SETFD, 0) != 0) return errno;
  if (request->directory != NULL && chdir(request->directory) != 0) return errno;
  if (request->ruleset >= 0) {
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return errno;
    // Without new rights by exec, what is dropped stays dropped.
    const int failure = drop_capabilities();
    if (failure != 0) return failure;
    if (syscall(SYS_landlock_restrict_self, request->ruleset, 0) != 0) return errno;
  }
  sigprocmask(SIG_SETMASK, none, NULL);
  execve(request->executable, request->arguments, request->environment);
  return errno;
}

pid_t flow_spawn(const struct flow_spawn *request, int *process) {
  sigset_t all, before, none;
  sigfillset(&all);
  sigemptyset(&none);
  // No handler of the parent may run in the child, on the parent's stack.
  sigprocmask(SIG_SETMASK, &all, &before);
  const pid_t parent = getpid();
  volatile int failure = 0;
  const pid_t child = vfork();
  if (child == 0) {
    failure = start(request, &none, parent);
    _exit(127);
  }
  const int error = errno;
  sigprocmask(SIG_SETMASK, &before, NULL);
  if (child < 0) return -error;
  if (failure == 0) {
    // Not there before Linux 5.3, as on clusters of a certain age: who waits has to ask now and then.
    *process = (int)syscall(SYS_pidfd_open, child, 0);
    return child;
  }
  while (waitpid(child, NULL, 0) < 0 && errno == EINTR) {
  }
  return -failure;
}

void flow_adopt_orphans(void) { prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); }
