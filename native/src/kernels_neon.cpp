// The kernels for one instruction set. Only this file is compiled with the compiler flags of this instruction set.
#include "types.h"

#define QUIRE_ISA neon
#include "simd/neon.h"
#include "kernels.h"

namespace quire {
const Kernels* neonKernels() { return &neon::KERNELS; }
}  // namespace quire
