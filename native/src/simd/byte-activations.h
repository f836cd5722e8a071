// For instruction sets that multiply quantized activations as bytes.
#pragma once

namespace quire::QUIRE_ISA {

/** size of a quantized activation when it is multiplied with levels of BITS bits */
template <int BITS> constexpr int ACTIVATION_BYTES = 1;

/** Broadcasts four activations to every lane. */
template <int BYTES> inline I broadcastActivations(const int8_t* p) { return bytes4(p); }

/** Not called: activations are not widened. */
inline void widenActivations(const int8_t*, size_t, uint32_t*) {}

}  // namespace quire::QUIRE_ISA
