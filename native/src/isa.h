// Detects which of the compiled instruction sets the processor supports.
#pragma once
#include <vector>

#include "types.h"

namespace quire {

/** Returns the kernels that the processor supports, the fastest first. There are always kernels in plain C++, or those of WebAssembly. */
std::vector<const Kernels*> supportedKernels();

}  // namespace quire
