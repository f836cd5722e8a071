// Reads weights: rows of packed matrices, and elements in the format of the model file.

#include "pack.h"
#include "weight-blocks.h"

namespace quire {

namespace {

// Unpacks the levels of one group of 32; `group` is the index of the group in the block.
void unpackLevels(WeightType type, const uint8_t* block, int group, uint8_t* levels) {
  auto unpackNibbles = [&](const uint8_t* q) {
    for (int i = 0; i < 16; i++) levels[i] = q[i] & 15, levels[i + 16] = q[i] >> 4;
  };
  auto addFifthBits = [&](const uint8_t* highBits) {
    uint32_t word;
    memcpy(&word, highBits, 4);
    for (int i = 0; i < 32; i++) levels[i] = (uint8_t)(levels[i] | (word >> i & 1) << 4);
  };
  switch (type) {
    case WeightType::Q8_0: memcpy(levels, block + 2, 32); return;
    case WeightType::Q4_0: unpackNibbles(block + 2); return;
    case WeightType::Q4_1: unpackNibbles(block + 4); return;
    case WeightType::Q5_0: unpackNibbles(block + 6), addFifthBits(block + 2); return;
    case WeightType::Q5_1: unpackNibbles(block + 8), addFifthBits(block + 4); return;
    case WeightType::Q4_K:
    case WeightType::Q5_K: {
      const uint8_t* low = block + (type == WeightType::Q4_K ? 16 : 48) + group / 2 * 32;
      for (int i = 0; i < 32; i++) levels[i] = low[i] >> (group % 2 * 4) & 15;
      if (type == WeightType::Q5_K)
        for (int i = 0; i < 32; i++) levels[i] = (uint8_t)(levels[i] | (block[16 + i] >> group & 1) << 4);
      return;
    }
    case WeightType::Q6_K: {
      const int half = group / 4, groupInHalf = group % 4;
      const uint8_t *low = block + half * 64 + groupInHalf % 2 * 32, *highBits = block + 128 + half * 32;
      for (int i = 0; i < 32; i++)
        levels[i] = (uint8_t)((low[i] >> (groupInHalf / 2 * 4) & 15) | (highBits[i] >> (2 * groupInHalf) & 3) << 4);
      return;
    }
    default: return;
  }
}

unsigned nibbleAt(int lanes, int lane, const uint8_t* panel, int i) {
  return panel[i / 8 * 4 * lanes + lane * 4 + i % 4] >> (i / 4 % 2 * 4) & 15u;
}

uint8_t levelAt(const PackedShape& shape, int bits, int lane, const uint8_t* panel, int i) {
  const int lanes = shape.lanes, vector = 4 * lanes, chunk = i / 4, byte = i % 4;
  const uint8_t* highBits = panel + 4 * vector;
  if (bits == 8)
    return panel[chunk * vector + lane * 4 + byte] ^ (shape.biased ? 0x80 : 0);
  unsigned level = nibbleAt(lanes, lane, panel, i);
  if (bits == 5) level |= (highBits[lane * 4 + byte] >> chunk & 1u) << 4;
  if (bits == 6) level |= (highBits[chunk / 4 * vector + lane * 4 + byte] >> (chunk % 4 * 2) & 3u) << 4;
  return (uint8_t)level;
}

double f16At(const uint8_t* p) {
  uint16_t bits;
  memcpy(&bits, p, 2);
  return f16ToFloat(bits);
}

// Returns the value of a level, computed in doubles as in the reference backend.
double dequantize(WeightType type, uint8_t level, int inGroup, const uint8_t* blockScales, const uint8_t* scales) {
  switch (type) {
    case WeightType::Q8_0: return f16At(scales) * (int8_t)level;
    case WeightType::Q4_0: return f16At(scales) * (level - 8);
    case WeightType::Q5_0: return f16At(scales) * (level - 16);
    case WeightType::Q4_1:
    case WeightType::Q5_1: return f16At(scales) * level + f16At(scales + 2);
    case WeightType::Q4_K:
    case WeightType::Q5_K: return f16At(blockScales) * scales[0] * level - f16At(blockScales + 2) * scales[1];
    case WeightType::Q6_K: return f16At(blockScales) * (int8_t)scales[inGroup / 16] * (level - 32);
    default: return 0;
  }
}

float bf16ToFloat(uint16_t bits) {
  uint32_t word = (uint32_t)bits << 16;
  float x;
  memcpy(&x, &word, 4);
  return x;
}

float floatAt(WeightType type, const uint8_t* p) {
  float x;
  uint16_t bits;
  if (type == WeightType::F32) return memcpy(&x, p, 4), x;
  memcpy(&bits, p, 2);
  return type == WeightType::F16 ? f16ToFloat(bits) : bf16ToFloat(bits);
}

// Copies the scales of one lane from a panel, where the scales of the lanes alternate: [scales][lanes]. `unit` is the size of
// a scale in bytes.
void deinterleave(const uint8_t* from, int bytes, int unit, int lanes, int lane, uint8_t* to) {
  for (int i = 0; i * unit < bytes; i++)
    memcpy(to + i * unit, from + (size_t)(i * lanes + lane) * unit, (size_t)unit);
}

}  // namespace

float f16ToFloat(uint16_t bits) {
  const int exponent = bits >> 10 & 31, fraction = bits & 1023;
  const float sign = bits & 0x8000 ? -1.0f : 1.0f;
  if (exponent == 31) return fraction ? __builtin_nanf("") : sign * __builtin_inff();
  if (exponent == 0) return sign * (float)fraction * 0x1p-24f;
  uint32_t word = (uint32_t)(bits & 0x8000) << 16 | (uint32_t)(exponent + 112) << 23 | (uint32_t)fraction << 13;
  float x;
  memcpy(&x, &word, 4);
  return x;
}

void readRow(const PackedShape& shape, const uint8_t* packed, int row, float* out) {
  const BlockLayout& layout = layoutOf(shape.type);
  const int lanes = shape.lanes, lane = row % lanes;
  const uint8_t* panel = packed + (size_t)(row / lanes) * shape.panelBytes;
  if (layout.bits == 0) {
    for (int k = 0; k < shape.columns; k++)
      out[k] = floatAt(shape.type, panel + floatOffset(shape, k, lane) * (size_t)layout.bytes);
    return;
  }
  const size_t groupLevelBytes = (size_t)layout.bits * 4 * (size_t)lanes;
  const uint8_t* levels = panel;
  const uint8_t* scales = panel + shape.levelBytes;
  uint8_t blockScales[4] = {}, groupScales[4];
  for (int group = 0; group * GROUP_SIZE < shape.columns; group++) {
    if (layout.blockScaleBytes > 0 && group % layout.groups() == 0) {
      deinterleave(scales, layout.blockScaleBytes, 2, lanes, lane, blockScales);
      scales += layout.blockScaleBytes * lanes;
    }
    deinterleave(scales, layout.groupScaleBytes, layout.scaleBytes(), lanes, lane, groupScales);
    for (int i = 0; i < GROUP_SIZE; i++) {
      const uint8_t level = levelAt(shape, layout.bits, lane, levels, i);
      out[group * GROUP_SIZE + i] = (float)dequantize(shape.type, level, i, blockScales, groupScales);
    }
    levels += groupLevelBytes;
    scales += layout.groupScaleBytes * lanes;
  }
}

void decodeElements(WeightType type, const uint8_t* source, size_t count, float* out) {
  const BlockLayout& layout = layoutOf(type);
  if (layout.bits == 0) {
    for (size_t i = 0; i < count; i++) out[i] = floatAt(type, source + i * (size_t)layout.bytes);
    return;
  }
  for (size_t first = 0; first < count; first += (size_t)layout.elements, source += layout.bytes) {
    uint8_t scales[16], levels[GROUP_SIZE];
    const uint8_t* blockScales = blockScalesOf(type, source);
    copyGroupScales(type, source, scales);
    for (int g = 0; g < layout.groups(); g++) {
      unpackLevels(type, source, g, levels);
      for (int i = 0; i < GROUP_SIZE && first + (size_t)(g * GROUP_SIZE + i) < count; i++)
        out[first + (size_t)(g * GROUP_SIZE + i)] =
            (float)dequantize(type, levels[i], i, blockScales, scales + g * layout.groupScaleBytes);
    }
  }
}

}  // namespace quire
