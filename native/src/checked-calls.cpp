#include "checked-calls.h"

namespace quire {

WeightType weightType(int32_t word) {
  if (word < 0 || word >= (int32_t)WeightType::COUNT) fail("bad_argument", "unknown weight type");
  return (WeightType)word;
}

int addMatrix(Weights& weights, int32_t typeWord, int32_t rows, int32_t columns) {
  const WeightType type = weightType(typeWord);
  if (rows < 1 || columns < 1 || columns % blockElements(type) != 0 || rows > 1 << 28 || columns > 1 << 24)
    fail("bad_argument", "invalid shape of a matrix");
  return weights.addMatrix(type, rows, columns);
}

int addVector(Weights& weights, int32_t typeWord, const uint8_t* bytes, size_t length, int32_t count) {
  const WeightType type = weightType(typeWord);
  const int block = blockElements(type);
  if (count < 1 || fileRowBytes(type, (count + block - 1) / block * block) > length)
    fail("bad_argument", "too few bytes for the vector");
  return weights.addVector(type, bytes, (size_t)count);
}

RowPacking::RowPacking(const Weights& weights, int32_t index, const uint8_t* source, size_t length, int32_t row)
    : bytes(source) {
  if (index < 0 || (size_t)index >= weights.matrices.size()) fail("bad_argument", "unknown matrix");
  matrix = weights.matrices[(size_t)index];
  const PackedShape& shape = matrix.shape;
  requirePanels(shape, (size_t)row, length);
  const size_t rows = length / fileRowBytes(shape.type, shape.columns);
  firstPanel = row / shape.lanes;
  panels = ((int)rows + shape.lanes - 1) / shape.lanes;
}

void RowPacking::run(Pool& pool) const {
  pool.run(std::make_shared<SingleLoop>(panels, pool.threads(), [this](Range range, int) {
    packPanels(matrix, bytes, firstPanel, firstPanel + (int)range.from, firstPanel + (int)range.to);
  }));
}

ExecutableValues::ExecutableValues(const int32_t* values, size_t count) {
  bool areInRange = count >= 5 && values[0] >= 1 && values[0] <= 1024 && values[1] >= 1 && values[1] <= 1 << 24 &&
                    values[2] >= 1 && values[2] <= 1024 && values[3] >= 0 && values[3] < (int32_t)KvType::COUNT;
  for (size_t i = 4; i < count; i++) areInRange = areInRange && values[i] >= 1;
  if (!areInRange) fail("bad_argument", "an option is missing or out of range");
  options = {values[0], values[1], (KvType)values[3], std::vector<int>(values + 4, values + count)};
  threads = values[2];
}

}  // namespace quire
