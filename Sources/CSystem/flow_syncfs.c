#define _GNU_SOURCE
#include "flow_syncfs.h"

#include <unistd.h>

int flow_syncfs(int descriptor) { return syncfs(descriptor); }
