/* OpenBLAS behind the CBLAS interface. The functions below are OpenBLAS's own; the Debian header of another
   BLAS would lack them, and the link would fail. https://github.com/OpenMathLib/OpenBLAS/wiki */
#include <cblas.h>
