#include "weights.h"

#include <cstdlib>
#include <cstring>

namespace quire {

AlignedBytes alignedBytes(size_t bytes, const char* what) {
  const size_t whole = (bytes + 63) / 64 * 64 + 64;  // a vector may read a little beyond the last number
  void* memory = nullptr;
  if (posix_memalign(&memory, 64, whole) != 0)
    throw Failure{"out_of_memory", "no memory for " + std::to_string(whole) + " bytes of " + what};
  if (whole < (1u << 20)) memset(memory, 0, whole);  // more comes untouched from the system, which gives zeros
  return AlignedBytes((uint8_t*)memory);
}

int Weights::addMatrix(WeightType type, int rows, int columns) {
  const PackedShape shape = packedShape(type, rows, columns, *kernels);
  matrices.push_back({shape, alignedBytes(shape.bytes(), "weights")});
  return (int)matrices.size() - 1;
}

int Weights::addVector(WeightType type, const uint8_t* stored, size_t count) {
  std::vector<float> numbers(count + 16, 0.0f);
  decode(type, stored, count, numbers.data());
  vectors.push_back(std::move(numbers));
  return (int)vectors.size() - 1;
}

void Weights::pack(int matrix, const uint8_t* stored, int from, int to) {
  Matrix& m = matrices[(size_t)matrix];
  const size_t rowBytes = storedRowBytes(m.shape.type, m.shape.columns);
  for (int panel = from; panel < to; panel++)
    packPanel(m.shape, panel, stored + (size_t)panel * (size_t)m.shape.lanes * rowBytes,
              m.packed.get() + (size_t)panel * m.shape.panelBytes);
}

}  // namespace quire
