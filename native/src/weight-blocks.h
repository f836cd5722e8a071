// The blocks of the weight types in model files, in the formats of ggml (see src/kernels/reference/block-decoders.ts). All
// quantized types have the same parts: levels of up to 8 bits, the scales of each group of 32, and the scales of a block.
#pragma once
#include <cstring>

#include "types.h"

namespace quire {

struct BlockLayout {
  int elements, bytes;  // of a block
  int bits;             // of a level; 0 for floats
  int blockScaleBytes;  // size of the scales that all groups of a block share
  int groupScaleBytes;  // size of the scales of a group
  constexpr int groups() const { return elements / GROUP_SIZE; }
  /** Size of one scale of a group. */
  constexpr int scaleBytes() const { return blockScaleBytes > 0 ? 1 : 2; }
};

constexpr BlockLayout BLOCK_LAYOUTS[] = {
    {1, 4, 0, 0, 0},      {1, 2, 0, 0, 0},      {1, 2, 0, 0, 0},       // F32, F16, BF16
    {32, 34, 8, 0, 2},    {32, 18, 4, 0, 2},    {32, 20, 4, 0, 4},     // Q8_0, Q4_0, Q4_1
    {32, 22, 5, 0, 2},    {32, 24, 5, 0, 4},                           // Q5_0, Q5_1
    {256, 144, 4, 4, 2},  {256, 176, 5, 4, 2},  {256, 210, 6, 2, 2},   // Q4_K, Q5_K, Q6_K
};

constexpr const BlockLayout& layoutOf(WeightType type) { return BLOCK_LAYOUTS[(int)type]; }

/** Returns the f16 scales that all groups of a block share. */
inline const uint8_t* blockScalesOf(WeightType type, const uint8_t* block) {
  return type == WeightType::Q6_K ? block + 208 : block;
}

/** Copies the scales of the groups of a block, one group after another. */
inline void copyGroupScales(WeightType type, const uint8_t* block, uint8_t* out) {
  switch (type) {
    case WeightType::Q8_0:
    case WeightType::Q4_0:
    case WeightType::Q5_0: memcpy(out, block, 2); return;
    case WeightType::Q4_1:
    case WeightType::Q5_1: memcpy(out, block, 4); return;
    case WeightType::Q4_K:
    case WeightType::Q5_K: {
      // 6-bit scales and 6-bit minimums of eight groups
      const uint8_t* nested = block + 4;
      for (int group = 0; group < 4; group++) {
        out[2 * group] = nested[group] & 63;
        out[2 * group + 1] = nested[group + 4] & 63;
        out[2 * group + 8] = (uint8_t)((nested[group + 8] & 15) | nested[group] >> 6 << 4);
        out[2 * group + 9] = (uint8_t)(nested[group + 8] >> 4 | nested[group + 4] >> 6 << 4);
      }
      return;
    }
    case WeightType::Q6_K: memcpy(out, block + 192, 16); return;
    default: return;
  }
}

}  // namespace quire
