// Which of the compiled instruction sets this processor supports.
#pragma once
#include <vector>

#include "types.h"

namespace quire {

/** Best first; plain C++ is always available. */
std::vector<const Kernels*> supportedKernels();

}  // namespace quire
