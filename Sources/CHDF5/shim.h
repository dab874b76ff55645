#include <hdf5.h>

/* These ids are macros over globals that need H5open() first; Swift cannot see macros with calls in them. */
static inline hid_t flow_h5_native_int32(void) { return H5T_NATIVE_INT32; }
static inline hid_t flow_h5_int32_little_endian(void) { return H5T_STD_I32LE; }
static inline hid_t flow_h5_dataset_creation(void) { return H5P_DATASET_CREATE; }
static inline unsigned flow_h5_truncate(void) { return H5F_ACC_TRUNC; }
static inline unsigned flow_h5_read_only(void) { return H5F_ACC_RDONLY; }
static inline hid_t flow_h5_default(void) { return H5P_DEFAULT; }
static inline hid_t flow_h5_all(void) { return H5S_ALL; }
/* The library prints a trace of every failed call unless told not to; the caller reports errors itself. */
static inline void flow_h5_quiet(void) { H5Eset_auto2(H5E_DEFAULT, NULL, NULL); }
