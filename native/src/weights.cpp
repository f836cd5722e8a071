#include "weights.h"

#include <cstring>

namespace quire {

namespace {

constexpr size_t HUGE_PAGE_MINIMUM = (size_t)4 << 20;  // smaller allocations use normal pages
// Without huge pages, a matrix does not share an allocation, of which the rest may remain unused.
constexpr size_t SLAB_BYTES = HUGE_PAGE_BYTES > 64 ? (size_t)64 << 20 : (size_t)1 << 20;
constexpr uint64_t MAX_BYTES = sizeof(size_t) == 8 ? (uint64_t)1 << 46 : (uint64_t)0xff000000;

}  // namespace

AlignedBytes allocateAligned(uint64_t bytes, const char* purpose) {
  if (bytes > MAX_BYTES)
    fail("out_of_memory", "not enough memory: " + std::to_string(bytes) + " bytes are too many for " + purpose);
  const size_t alignment = bytes >= HUGE_PAGE_MINIMUM ? HUGE_PAGE_BYTES : 64;
  // 64 more bytes: kernels may load a vector that ends after the last element.
  const size_t allocated = ((size_t)bytes + 64 + alignment - 1) / alignment * alignment;
  void* memory = allocateMemory(alignment, allocated);
  if (memory == nullptr)
    fail("out_of_memory",
                  "not enough memory: could not allocate " + std::to_string(allocated) + " bytes for " + purpose);
  // Only small buffers are cleared: a valid step does not read memory of larger buffers before writing it.
  if (allocated < (1u << 20)) memset(memory, 0, allocated);
  return AlignedBytes((uint8_t*)memory);
}

uint8_t* Weights::allocate(uint64_t bytes) {
  if (slabs.empty() || slabUsed + bytes > slabBytes) {
    const uint64_t size = bytes > SLAB_BYTES ? bytes : SLAB_BYTES;
    slabs.push_back(allocateAligned(size, "weights"));  // fails if there is not enough memory
    slabBytes = (size_t)size;
    slabUsed = 0;
  }
  uint8_t* memory = slabs.back().get() + slabUsed;
  slabUsed += ((size_t)bytes + 63) / 64 * 64;
  return memory;
}

int Weights::addMatrix(WeightType type, int rows, int columns) {
  const PackedShape shape = packedShape(type, rows, columns, *kernels);
  matrices.push_back({shape, allocate(shape.bytes())});
  return (int)matrices.size() - 1;
}

int Weights::addVector(size_t count) {
  vectors.emplace_back(count + VECTOR_PADDING, 0.0f);
  return (int)vectors.size() - 1;
}

int Weights::addVector(WeightType type, const uint8_t* source, size_t count) {
  const int index = addVector(count);
  decodeElements(type, source, count, vectors.back().data());
  return index;
}

void requirePanels(const PackedShape& shape, size_t row, size_t bytes) {
  const size_t rowBytes = fileRowBytes(shape.type, shape.columns), lanes = (size_t)shape.lanes, rows = (size_t)shape.rows;
  const size_t end = row + bytes / rowBytes;
  const bool isAligned = row % lanes == 0 && (end % lanes == 0 || end == rows);
  if (!isAligned || bytes % rowBytes != 0 || row > rows || end > rows)
    fail("bad_argument", "the rows are not complete panels of the matrix");
}

void packPanels(const Matrix& matrix, const uint8_t* source, int sourcePanel, int from, int to) {
  const size_t rowBytes = fileRowBytes(matrix.shape.type, matrix.shape.columns);
  for (int panel = from; panel < to; panel++)
    packPanel(matrix.shape, panel, source + (size_t)(panel - sourcePanel) * (size_t)matrix.shape.lanes * rowBytes,
              matrix.packed + (size_t)panel * matrix.shape.panelBytes);
}

}  // namespace quire
