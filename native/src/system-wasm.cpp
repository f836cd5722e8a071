// Memory in WebAssembly. The allocator of the C library cannot allocate 2 GiB at once, so large allocations are whole pages. Only one
// thread allocates.

#include <cstdlib>
#include <iterator>
#include <map>
#include <set>

#include "system.h"

namespace quire {

namespace {

constexpr size_t PAGE_BYTES = 64 << 10;
constexpr size_t LARGE_BYTES = 1 << 20;
constexpr size_t MAX_PAGES = 65535;
constexpr size_t RESERVED_PAGES = 512;  // for small allocations: a step must not fail because keys and values take all memory

using Ranges = std::map<uintptr_t, size_t>;  // sizes by address
Ranges freeRanges, usedRanges;
std::set<uintptr_t> newAllocations;  // of any size, since `beginAllocations`
bool recordsAllocations = false;

size_t memoryPages() { return __builtin_wasm_memory_size(0); }

/** Adds pages at the end of the memory. Returns whether there are so many. */
bool grow(size_t bytes) {
  const size_t pages = bytes / PAGE_BYTES, before = memoryPages();
  if (pages > MAX_PAGES - RESERVED_PAGES || before > MAX_PAGES - RESERVED_PAGES - pages) return false;
  const size_t grownFrom = __builtin_wasm_memory_grow(0, pages);
  if (grownFrom == SIZE_MAX) return false;
  freeRanges[grownFrom * PAGE_BYTES] = bytes;
  return true;
}

void joinFreeRanges() {
  for (auto range = freeRanges.begin(); range != freeRanges.end();) {
    const auto next = std::next(range);
    if (next != freeRanges.end() && range->first + range->second == next->first) {
      range->second += next->second;
      freeRanges.erase(next);
    } else {
      range = next;
    }
  }
}

Ranges::iterator findFree(size_t bytes) {
  auto range = freeRanges.begin();
  while (range != freeRanges.end() && range->second < bytes) range++;
  return range;
}

/** Returns the free bytes at the end of the memory. */
size_t freeAtEnd() {
  if (freeRanges.empty()) return 0;
  const auto last = std::prev(freeRanges.end());
  return (last->first + last->second) / PAGE_BYTES == memoryPages() ? last->second : 0;
}

void* allocatePages(size_t requested) {
  const size_t bytes = (requested + PAGE_BYTES - 1) / PAGE_BYTES * PAGE_BYTES;
  auto found = findFree(bytes);
  if (found == freeRanges.end()) {
    if (!grow(bytes - freeAtEnd())) return nullptr;
    joinFreeRanges();
    found = findFree(bytes);
  }
  const uintptr_t address = found->first;
  const size_t rest = found->second - bytes;
  freeRanges.erase(found);
  if (rest > 0) freeRanges[address + bytes] = rest;
  usedRanges[address] = bytes;
  return (void*)address;
}

}  // namespace

void* allocateMemory(size_t alignment, size_t bytes) {
  void* memory = bytes >= LARGE_BYTES ? allocatePages(bytes) : aligned_alloc(alignment, bytes);
  if (memory != nullptr && recordsAllocations) newAllocations.insert((uintptr_t)memory);
  return memory;
}

void freeMemory(void* memory) {
  newAllocations.erase((uintptr_t)memory);
  const auto used = usedRanges.find((uintptr_t)memory);
  if (used == usedRanges.end()) return free(memory);
  freeRanges.insert(*used);
  usedRanges.erase(used);
  joinFreeRanges();
}

void beginAllocations() { recordsAllocations = true; }

void keepAllocations() {
  newAllocations.clear();
  recordsAllocations = false;
}

void discardAllocations() {
  while (!newAllocations.empty()) freeMemory((void*)*newAllocations.begin());
  keepAllocations();
}

}  // namespace quire
