#if !defined(_WIN32)

#include "system.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

namespace quire {

std::optional<FileHandle> duplicateFile(int descriptor) {
  const int copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 0);
  if (copy < 0) return std::nullopt;
  return copy;
}

void closeFile(FileHandle file) { close(file); }

ptrdiff_t readFile(FileHandle file, uint8_t* target, size_t bytes, uint64_t offset) {
  ptrdiff_t count;
  do count = pread(file, target, bytes, (off_t)offset);
  while (count < 0 && errno == EINTR);
  return count;
}

void* allocateMemory(size_t alignment, size_t bytes) {
  void* memory = nullptr;
  if (posix_memalign(&memory, alignment, bytes) != 0) return nullptr;
#ifdef MADV_HUGEPAGE
  // Huge pages cause fewer TLB misses when the memory is read sequentially.
  if (alignment % HUGE_PAGE_BYTES == 0) madvise(memory, bytes, MADV_HUGEPAGE);
#endif
  return memory;
}

void freeMemory(void* memory) { free(memory); }

void keepLibraryLoaded() {
  Dl_info library;
  if (dladdr((void*)&keepLibraryLoaded, &library) != 0) dlopen(library.dli_fname, RTLD_LAZY | RTLD_NODELETE);
}

}  // namespace quire

#endif
