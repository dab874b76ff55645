#include <htslib/bgzf.h>
#include <htslib/faidx.h>
#include <htslib/hts_log.h>

/* Bit fields of a struct are out of Swift's reach. */
static inline int flow_bgzf_error(BGZF *file) { return (int)file->errcode; }
