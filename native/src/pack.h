// Weights as the kernels want them: panels of as many rows as a vector has lanes. Packing is a permutation of the stored
// bits, so nothing is rounded; a row can be read back exactly.
#pragma once
#include "types.h"

namespace quire {

struct PackedShape {
  WeightType type;
  int rows, columns, lanes;
  bool biased;        // signed bytes are stored 128 larger
  bool pairs;         // two columns of a row stand together
  size_t levelBytes;  // of a panel
  size_t panelBytes;
  int panels() const { return (rows + lanes - 1) / lanes; }
  size_t bytes() const { return panelBytes * (size_t)panels(); }
};

/** Elements that a row's length must be a multiple of. */
int blockElements(WeightType type);
/** Stored bytes of a row. */
size_t storedRowBytes(WeightType type, int columns);
PackedShape packedShape(WeightType type, int rows, int columns, const Kernels& kernels);
/** Packs one panel from its stored rows; rows beyond the matrix are zeros. */
void packPanel(const PackedShape& shape, int panel, const uint8_t* stored, uint8_t* packed);
/** Row `row` as f32. */
void readRow(const PackedShape& shape, const uint8_t* packed, int row, float* out);
/** Stored numbers as f32, one block after another. */
void decode(WeightType type, const uint8_t* stored, size_t count, float* out);

float halfBits(uint16_t bits);

}  // namespace quire
