// The kernels for one instruction set. Only this file is compiled with the compiler flags of this instruction set.
#include "types.h"

#define QUIRE_ISA plain
#include "simd/plain.h"
#include "kernels.h"

namespace quire {
const Kernels* plainKernels() { return &plain::KERNELS; }
}  // namespace quire
