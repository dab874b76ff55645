// What the kernel and the C library can do and Swift's Glibc module does not show.
#include "flow_spawn.h"
#include "flow_syncfs.h"
#include "landlock.h"
#include "flow_facts.h"
