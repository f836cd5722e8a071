// The kernels for one instruction set. Only this file is compiled with the compiler flags of this instruction set.
#include "types.h"

#define QUIRE_ISA wasm
#include "simd/wasm.h"
#include "kernels.h"

namespace quire {
const Kernels* wasmKernels() { return &wasm::KERNELS; }
}  // namespace quire
