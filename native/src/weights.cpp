#include "weights.h"

#include <cstdlib>
#include <cstring>

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace quire {

namespace {

constexpr size_t LARGE = (size_t)4 << 20, HUGE_PAGE = (size_t)2 << 20, SLAB = (size_t)64 << 20;
constexpr size_t MOST = (size_t)1 << 46;  // bytes

}  // namespace

AlignedBytes alignedBytes(size_t bytes, const char* what) {
  if (bytes > MOST) throw Failure{"out_of_memory", "not enough memory for " + std::string(what)};
  const size_t page = bytes >= LARGE ? HUGE_PAGE : 64;
  const size_t whole = (bytes + 64 + page - 1) / page * page;  // vector loads may read slightly past the last element
  void* memory = nullptr;
  if (posix_memalign(&memory, page, whole) != 0)
    throw Failure{"out_of_memory", "not enough memory: could not allocate " + std::to_string(whole) + " bytes of " + what};
#ifdef MADV_HUGEPAGE
  if (bytes >= LARGE) madvise(memory, whole, MADV_HUGEPAGE);  // fewer TLB misses when all of it is read
#endif
  if (whole < (1u << 20)) memset(memory, 0, whole);  // in larger buffers, no valid step reads memory that was never written
  return AlignedBytes((uint8_t*)memory);
}

uint8_t* Weights::allocate(size_t bytes) {
  if (slabs.empty() || slabUsed + bytes > slabBytes) {
    const size_t size = bytes > SLAB ? bytes : SLAB;
    slabs.push_back(alignedBytes(size, "weights"));  // may throw
    slabBytes = size;
    slabUsed = 0;
  }
  uint8_t* found = slabs.back().get() + slabUsed;
  slabUsed += (bytes + 63) / 64 * 64;
  return found;
}

int Weights::addMatrix(WeightType type, int rows, int columns) {
  const PackedShape shape = packedShape(type, rows, columns, *kernels);
  matrices.push_back({shape, allocate(shape.bytes())});
  return (int)matrices.size() - 1;
}

int Weights::addVector(WeightType type, const uint8_t* stored, size_t count) {
  std::vector<float> numbers(count + 16, 0.0f);
  decode(type, stored, count, numbers.data());
  vectors.push_back(std::move(numbers));
  return (int)vectors.size() - 1;
}

void packPanels(const Matrix& m, const uint8_t* stored, int first, int from, int to) {
  const size_t rowBytes = storedRowBytes(m.shape.type, m.shape.columns);
  for (int panel = from; panel < to; panel++)
    packPanel(m.shape, panel, stored + (size_t)(panel - first) * (size_t)m.shape.lanes * rowBytes,
              m.packed + (size_t)panel * m.shape.panelBytes);
}

}  // namespace quire
