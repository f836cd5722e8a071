// The kernels for one instruction set. Only this file is compiled with the compiler flags of this instruction set.
#include "types.h"

#define QUIRE_ISA avx2
#include "simd/avx2.h"
#include "kernels.h"

namespace quire {
const Kernels* avx2Kernels() { return &avx2::KERNELS; }
}  // namespace quire
