#ifndef FLOW_SYNCFS_H
#define FLOW_SYNCFS_H

/// syncfs(2): brings all that was written to the file system of an open file to its disk. 0, or -1 and errno.
int flow_syncfs(int descriptor);

#endif
