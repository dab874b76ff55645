#include <hdf5.h>

/* The type ids are macros over globals that need H5open() first; Swift cannot see macros with calls in them. */
static inline hid_t flow_h5_native_int32(void) { return H5T_NATIVE_INT32; }
