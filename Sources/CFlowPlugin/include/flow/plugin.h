/*
 * flow/plugin.h - the contract between `flow` and a plugin. This header is all a plugin needs.
 *
 * A plugin is a shared library and a manifest (NAME.yaml, see docs/plugins.md). The manifest declares each
 * operation's inputs, outputs and parameters; the library runs them. The host checks a step against the
 * manifest before it loads the library, so a plugin may rely on every parameter being present, of its
 * declared type and within its declared range, and on every required input being there.
 *
 *   process    Each step runs in a process of its own. A crash ends the step, nothing else.
 *   threads    The entry function and run() are called on the process's main thread. Host functions may
 *              be called from any thread until run() returns.
 *   memory     Nobody frees the other's memory. A plugin's tables live as long as the process. Strings
 *              from the host are valid until run() returns. Strings given to the host are copied.
 *   text       All strings are UTF-8 and end with NUL.
 *   growth     FLOW_ABI changes only when an existing plugin would break. Otherwise structs grow at their
 *              end, each begins with its own size, and FLOW_HAS tells whether the other side has a field.
 *   exceptions C++ exceptions, Rust panics and the like must not cross this border.
 */
#ifndef FLOW_PLUGIN_H
#define FLOW_PLUGIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The version of this contract. A host refuses a plugin of another ABI and names both. */
#define FLOW_ABI 1

/* Whether the other side's struct is new enough to have `field`. */
#define FLOW_HAS(pointer, field)                                                                        \
  ((size_t)((const char *)&(pointer)->field - (const char *)(pointer)) + sizeof((pointer)->field) <=    \
   (pointer)->size)

#if defined(__GNUC__)
#define FLOW_VISIBLE __attribute__((visibility("default")))
#else
#define FLOW_VISIBLE
#endif
#ifdef __cplusplus
#define FLOW_EXPORT extern "C" FLOW_VISIBLE
#else
#define FLOW_EXPORT FLOW_VISIBLE
#endif

/* Names for Swift; nothing for other compilers. */
#if defined(__clang__) && defined(__has_attribute)
#if __has_attribute(swift_name)
#define FLOW_SWIFT(name) __attribute__((swift_name(name)))
#endif
#if __has_attribute(enum_extensibility)
#define FLOW_OPEN __attribute__((enum_extensibility(open)))
#endif
#endif
#ifndef FLOW_SWIFT
#define FLOW_SWIFT(name)
#endif
#ifndef FLOW_OPEN
#define FLOW_OPEN
#endif

/* How a step ended. `flow step run` exits with the number in brackets. */
typedef enum FLOW_OPEN FLOW_SWIFT("FlowStatus") flow_status {
  FLOW_OK FLOW_SWIFT("ok") = 0,          /* [0]   every declared output is in place */
  FLOW_CANCELLED FLOW_SWIFT("cancelled") = 1,   /* [130] stopped because cancelled() was true */
  FLOW_INVALID FLOW_SWIFT("invalid") = 2,     /* [2]   an input or a parameter is wrong: the user must change something */
  FLOW_FAILED FLOW_SWIFT("failed") = 3,      /* [1]   anything else */
  FLOW_UNAVAILABLE FLOW_SWIFT("unavailable") = 4  /* [75]  the world's fault (network, a busy service): a retry may succeed */
} flow_status;

typedef enum FLOW_OPEN FLOW_SWIFT("FlowLevel") flow_level {
  FLOW_DEBUG FLOW_SWIFT("debug") = 0,
  FLOW_INFO FLOW_SWIFT("info") = 1,
  FLOW_WARNING FLOW_SWIFT("warning") = 2
} flow_level;

/* The running step. The host's; opaque to a plugin. */
typedef struct flow_step flow_step;

/* What the host does for a running step. All functions are [thread-safe]. */
typedef struct FLOW_SWIFT("FlowHost") flow_host {
  size_t size;
  uint32_t abi;
  const char *version; /* of the host, for instance "0.1.0" */

  /* A line for the step's log. */
  void (*log)(flow_step *, flow_level, const char *message);

  /* How far the step is: `done` of `total` (0 where unknown), counted in `unit` ("tokens"). Call it as
     often as you like; the host thins it out and adds rate and time left. `note` is a few words to show
     beside it ("loss 4.21") or NULL. */
  void (*progress)(flow_step *, double done, double total, const char *unit, const char *note);

  /* One point of a time series: `value` of `name` at `at` (a training step, an epoch). Kept in the
     provenance record and drawn in the report. */
  void (*metric)(flow_step *, const char *name, double value, int64_t at);

  /* Whether the step should stop: return FLOW_CANCELLED soon after this turns true. */
  bool (*cancelled)(flow_step *);

  /* Says why the step fails, in words for its user, and returns `status`. The last call counts. */
  flow_status (*fail)(flow_step *, flow_status status, const char *message);

  /* All parameters as one JSON object, defaults filled in, checked against the manifest. */
  const char *(*parameters)(flow_step *);

  /* One parameter as text (a list as JSON), or NULL if the manifest has no such parameter or it is unset. */
  const char *(*parameter)(flow_step *, const char *name);

  /* The path of an input: file or directory number `index`, or NULL past the last. Read-only. */
  const char *(*input)(flow_step *, const char *name, size_t index);

  /* The path at which to create an output, or NULL if the manifest has no such output. The host makes
     nothing there: create the file or the directory. It becomes visible to others only if run() returns
     FLOW_OK. */
  const char *(*output)(flow_step *, const char *name);

  /* A directory that outlives a failed or killed attempt of the same step, for checkpoints and partial
     downloads: the next attempt finds it as it was left. */
  const char *(*scratch)(flow_step *);

  /* A fact for the provenance record, as JSON. Keys "chart:NAME" and "table:NAME" are drawn in the
     report; docs/plugins.md has their form. */
  void (*record)(flow_step *, const char *key, const char *json);

  /* How many threads the step may use, at least 1. */
  unsigned (*threads)(flow_step *);

  /* Which of the processes that run the step together this is, from 0 on, and how many they are, as mpirun
     or srun started them; 0 and 1 unless the manifest says of the operation `distributed: true`. Only the
     outputs of process 0 count, the others write none; all are given the same inputs and parameters. */
  unsigned (*rank)(flow_step *);
  unsigned (*ranks)(flow_step *);
} flow_host;

/* One operation, run by `use: PLUGIN/NAME`. */
typedef struct FLOW_SWIFT("FlowOperation") flow_operation {
  size_t size;
  const char *name;
  flow_status (*run)(const struct flow_operation *self, const flow_host *host, flow_step *step);
  const void *context; /* the plugin's own */
} flow_operation;

typedef struct FLOW_SWIFT("FlowPluginTable") flow_plugin {
  size_t size;
  uint32_t abi;        /* FLOW_ABI */
  const char *name;    /* the manifest's id */
  const char *version; /* the manifest's version */
  const flow_operation *const *operations; /* NULL ends the list */
} flow_plugin;

/* The entry of a plugin whose id is NAME ('-' becomes '_'): FLOW_PLUGIN(NAME) { return &table; }
   It returns constant data, or NULL if it cannot work with this host. */
#define FLOW_PLUGIN(name) FLOW_EXPORT const flow_plugin *flow_plugin_##name(const flow_host *host)

#ifdef __cplusplus
}
#endif
#endif
