// Packs weights into the layout of the kernels: panels with as many rows as a vector has lanes. Packing permutes the
// bits without rounding, so rows can be read back exactly.
#pragma once
#include "types.h"

namespace quire {

struct PackedShape {
  WeightType type;
  int rows, columns, lanes;
  bool biased;        // 8-bit levels are source plus 128
  bool pairs;         // the elements of a row in columns 2 i and 2 i + 1 are adjacent
  size_t levelBytes;  // size of the levels of a panel
  size_t panelBytes;
  size_t filledBytes;  // bytes at the start of a complete panel that contain no padding
  int panels() const { return (rows + lanes - 1) / lanes; }
  uint64_t bytes() const { return (uint64_t)panelBytes * (uint64_t)panels(); }
};

/** Returns the number of elements of a quantization block; the length of a row is a multiple of this number. */
int blockElements(WeightType type);
/** Returns the size of a row in the model file. */
size_t fileRowBytes(WeightType type, int columns);
PackedShape packedShape(WeightType type, int rows, int columns, const Kernels& kernels);
/** Packs a panel; `source` contains the rows of this panel. Rows beyond the matrix are set to zero. */
void packPanel(const PackedShape& shape, int panel, const uint8_t* source, uint8_t* packed);
/** Decodes row `row` of a packed matrix to f32. */
void readRow(const PackedShape& shape, const uint8_t* packed, int row, float* out);
/** Decodes elements in the format of the model file to f32. */
void decodeElements(WeightType type, const uint8_t* source, size_t count, float* out);

/** Returns the index of the element of a column and lane in a panel of floats. */
inline size_t floatOffset(const PackedShape& shape, int column, int lane) {
  const size_t lanes = (size_t)shape.lanes;
  if (shape.pairs) return ((size_t)column / 2 * lanes + (size_t)lane) * 2 + (size_t)column % 2;
  return (size_t)column * lanes + (size_t)lane;
}

float f16ToFloat(uint16_t bits);

}  // namespace quire
