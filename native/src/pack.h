// Weights in the layout of the kernels: panels of as many rows as a vector has lanes. Packing permutes the stored
// bits without rounding, so a row can be read back exactly.
#pragma once
#include "types.h"

namespace quire {

struct PackedShape {
  WeightType type;
  int rows, columns, lanes;
  bool biased;        // signed bytes are stored plus 128
  bool pairs;         // two columns of a row are adjacent
  size_t levelBytes;  // of a panel
  size_t panelBytes;
  int panels() const { return (rows + lanes - 1) / lanes; }
  size_t bytes() const { return panelBytes * (size_t)panels(); }
};

/** Elements per stored block; the length of a row is a multiple of it. */
int blockElements(WeightType type);
/** Stored size of a row. */
size_t storedRowBytes(WeightType type, int columns);
PackedShape packedShape(WeightType type, int rows, int columns, const Kernels& kernels);
/** Packs one panel from its stored rows; rows beyond the matrix are zero. */
void packPanel(const PackedShape& shape, int panel, const uint8_t* stored, uint8_t* packed);
/** Reads row `row` as f32. */
void readRow(const PackedShape& shape, const uint8_t* packed, int row, float* out);
/** Decodes stored elements to f32, block by block. */
void decode(WeightType type, const uint8_t* stored, size_t count, float* out);

float f16ToFloat(uint16_t bits);

}  // namespace quire
