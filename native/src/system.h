// Functions of the operating system that differ between POSIX systems (system-posix.cpp), Windows (system-windows.cpp) and
// WebAssembly (system-wasm.cpp), which has only memory.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>

namespace quire {

#if defined(_WIN32)
using FileHandle = void*;
#else
using FileHandle = int;
#endif

/** Returns a handle of the file of a descriptor of Node.js. It remains valid when the descriptor is closed. Sets errno. */
std::optional<FileHandle> duplicateFile(int descriptor);
void closeFile(FileHandle file);
/** Reads up to `bytes` bytes. Returns their number, 0 at the end of the file, and -1 if an error was stored in errno. */
ptrdiff_t readFile(FileHandle file, uint8_t* target, size_t bytes, uint64_t offset);

/** Returns null if there is not enough memory. `alignment` is a power of two; allocations of entire huge pages use them. */
void* allocateMemory(size_t alignment, size_t bytes);
void freeMemory(void* memory);

#if defined(__wasm__)
/** Records allocations of `allocateMemory` until `keepAllocations`; `discardAllocations` frees those that were not freed. */
void beginAllocations();
void keepAllocations();
void discardAllocations();

constexpr size_t HUGE_PAGE_BYTES = 64;  // there are none, so large allocations have no larger alignment
#else
constexpr size_t HUGE_PAGE_BYTES = (size_t)2 << 20;
#endif

/** Keeps the code of this library in memory until the process ends. */
void keepLibraryLoaded();

}  // namespace quire
