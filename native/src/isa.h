// Which instruction sets this processor has, of those that were built.
#pragma once
#include <vector>

#include "types.h"

namespace quire {

/** The best first; plain C++ is always there. */
std::vector<const Kernels*> supportedKernels();

}  // namespace quire
