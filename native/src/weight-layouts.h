// The layouts of quantized weights in a packed panel: how the levels and the scales of a group are loaded.
#pragma once

namespace quire::QUIRE_ISA {

constexpr int VECTOR_BYTES = 4 * LANES;

// Loads the levels of chunk C of a group of BITS-bit levels: four bytes per lane.

template <int BITS> struct Levels;
template <> struct Levels<8> {
  static constexpr int BYTES = 8 * VECTOR_BYTES;
  template <int C> static inline auto load(const uint8_t* p) { return byteLevels<C>(p); }
};
template <> struct Levels<4> {
  static constexpr int BYTES = 4 * VECTOR_BYTES;
  template <int C> static inline I load(const uint8_t* p) {
    I pair = iload(p + C / 2 * VECTOR_BYTES);
    if constexpr (C % 2 == 1) pair = shr<4>(pair);
    return iand(pair, iset1(0x0f0f0f0f));
  }
};
template <> struct Levels<5> {
  static constexpr int BYTES = 5 * VECTOR_BYTES;
  template <int C> static inline I load(const uint8_t* p) {
    I fifthBits = iload(p + 4 * VECTOR_BYTES);  // bit 8 i + C of a lane is the fifth bit of element i of chunk C
    if constexpr (C < 4) fifthBits = shl<4 - C>(fifthBits);
    else fifthBits = shr<C - 4>(fifthBits);
    return ior(Levels<4>::load<C>(p), iand(fifthBits, iset1(0x10101010)));
  }
};
template <> struct Levels<6> {
  static constexpr int BYTES = 6 * VECTOR_BYTES;
  template <int C> static inline I load(const uint8_t* p) {
    // Bit 8 i + 2 (C mod 4) and the next bit of a lane are the high bits of element i of chunk C.
    I highBits = iload(p + 4 * VECTOR_BYTES + C / 4 * VECTOR_BYTES);
    constexpr int c = C % 4;
    if constexpr (c < 2) highBits = shl<4 - 2 * c>(highBits);
    else highBits = shr<2 * c - 4>(highBits);
    return ior(Levels<4>::load<C>(p), iand(highBits, iset1(0x30303030)));
  }
};

// The layouts of the scales. Block scales are shared by BLOCK_GROUPS groups.

// An f16 scale per group; OFFSET is subtracted from the levels.
template <int B, int O> struct ScaledLayout {
  static constexpr int BITS = B, OFFSET = O, BLOCK_GROUPS = 1, BLOCK_SCALE_BYTES = 0, GROUP_SCALE_BYTES = 2 * LANES;
  static constexpr bool HAS_MINIMUM = false, HAS_HALF_SCALES = false;
  struct BlockScales {};
  static inline BlockScales blockScales(const uint8_t*) { return {}; }
  static inline F scale(const BlockScales&, const uint8_t* p) { return loadF16((const uint16_t*)p); }
  static inline F minimum(const BlockScales&, const uint8_t*) { return zero(); }
};
// An f16 scale and an f16 minimum per group.
template <int B> struct MinimumLayout : ScaledLayout<B, 0> {
  static constexpr int GROUP_SCALE_BYTES = 4 * LANES;
  static constexpr bool HAS_MINIMUM = true;
  using BlockScales = typename ScaledLayout<B, 0>::BlockScales;
  static inline F minimum(const BlockScales&, const uint8_t* p) { return loadF16((const uint16_t*)p + LANES); }
};
// Eight groups share two f16 numbers, by which the 6-bit scale and the 6-bit minimum of each group are multiplied. The
// minimum is subtracted. The 6-bit numbers are stored as bytes.
template <int B> struct NestedLayout {
  static constexpr int BITS = B, OFFSET = 0, BLOCK_GROUPS = 8;
  static constexpr int BLOCK_SCALE_BYTES = 4 * LANES, GROUP_SCALE_BYTES = 2 * LANES;
  static constexpr bool HAS_MINIMUM = true, HAS_HALF_SCALES = false;
  struct BlockScales { F scale, minimum; };
  static inline BlockScales blockScales(const uint8_t* p) {
    return {loadF16((const uint16_t*)p), sub(zero(), loadF16((const uint16_t*)p + LANES))};
  }
  static inline F scale(const BlockScales& shared, const uint8_t* p) { return mul(shared.scale, loadU8(p)); }
  static inline F minimum(const BlockScales& shared, const uint8_t* p) {
    return mul(shared.minimum, loadU8(p + LANES));
  }
};
// A signed 8-bit scale per half group of 16 elements; sixteen half groups share an f16 scale.
struct HalfGroupLayout {
  static constexpr int BITS = 6, OFFSET = 32, BLOCK_GROUPS = 8;
  static constexpr int BLOCK_SCALE_BYTES = 2 * LANES, GROUP_SCALE_BYTES = 2 * LANES;
  static constexpr bool HAS_MINIMUM = false, HAS_HALF_SCALES = true;
  struct BlockScales { F scale; };
  static inline BlockScales blockScales(const uint8_t* p) { return {loadF16((const uint16_t*)p)}; }
  static inline F scale(const BlockScales& shared, const uint8_t*) { return shared.scale; }
  static inline F minimum(const BlockScales&, const uint8_t*) { return zero(); }
};

}  // namespace quire::QUIRE_ISA
