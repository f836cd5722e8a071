// For instruction sets that multiply quantized activations as bytes.
#pragma once

namespace quire::QUIRE_ISA {

constexpr int ACTIVATION_BYTES = 1;  // size of a quantized activation that is multiplied

/** Not called: activations are not widened. */
inline void widenActivations(const int8_t*, size_t, uint32_t*) {}

}  // namespace quire::QUIRE_ISA
