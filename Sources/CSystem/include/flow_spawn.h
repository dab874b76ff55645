#ifndef FLOW_SPAWN_H
#define FLOW_SPAWN_H

#include <sys/types.h>

/// How to start a process; see flow_spawn.
struct flow_spawn {
  const char *executable;
  /// Both end with NULL.
  char *const *arguments;
  char *const *environment;
  /// Where it runs; NULL for the caller's directory.
  const char *directory;
  /// What it gets as its standard input, output and error; not -1.
  int input, output, error;
  /// One more descriptor that it inherits under the same number; -1 for none.
  int kept;
  /// A Landlock ruleset that it and all that it starts are held to; -1 for none.
  int ruleset;
  /// The signal that it gets when the thread that started it ends; 0 for none.
  int death_signal;
};

/// Starts a process in a group of its own, with no signal blocked and none ignored.
///
/// Returns its number, and in `process` a descriptor that becomes readable when it ends (pidfd_open(2)), -1 where the
/// kernel has none; or, where it could not be started, a negative error number, with nothing left behind.
pid_t flow_spawn(const struct flow_spawn *request, int *process);

/// From now on, processes whose parents have ended become children of this process rather than of the system's first
/// (PR_SET_CHILD_SUBREAPER, prctl(2)), if they descend from it.
void flow_adopt_orphans(void);

#endif
