// The kernels for one instruction set. Only this file is compiled with the compiler flags of this instruction set.
#include "types.h"

#define QUIRE_ISA avx512
#include "simd/avx512.h"
#include "kernels.h"

namespace quire {
const Kernels* avx512Kernels() { return &avx512::KERNELS; }
}  // namespace quire
