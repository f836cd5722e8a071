#if defined(_WIN32)

#include "system.h"

#define WIN32_LEAN_AND_MEAN
#include <malloc.h>
#include <windows.h>

#include <algorithm>
#include <cerrno>

namespace quire {

// A descriptor belongs to the C library in the executable of Node.js, whose function returns its handle.
std::optional<FileHandle> duplicateFile(int descriptor) {
  const auto handleOf = (HANDLE (*)(int))(void*)GetProcAddress(GetModuleHandleW(nullptr), "uv_get_osfhandle");
  const HANDLE process = GetCurrentProcess();
  HANDLE copy;
  if (handleOf != nullptr &&
      DuplicateHandle(process, handleOf(descriptor), process, &copy, 0, FALSE, DUPLICATE_SAME_ACCESS))
    return copy;
  errno = EBADF;
  return std::nullopt;
}

void closeFile(FileHandle file) { CloseHandle(file); }

ptrdiff_t readFile(FileHandle file, uint8_t* target, size_t bytes, uint64_t offset) {
  OVERLAPPED position{};
  position.Offset = (DWORD)offset, position.OffsetHigh = (DWORD)(offset >> 32);
  DWORD count = 0;
  if (ReadFile(file, target, (DWORD)std::min<size_t>(bytes, 1u << 30), &count, &position)) return (ptrdiff_t)count;
  if (GetLastError() == ERROR_HANDLE_EOF) return 0;
  errno = EIO;
  return -1;
}

void* allocateMemory(size_t alignment, size_t bytes) { return _aligned_malloc(bytes, alignment); }

void freeMemory(void* memory) { _aligned_free(memory); }

void keepLibraryLoaded() {
  HMODULE library;
  constexpr DWORD flags = GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS | GET_MODULE_HANDLE_EX_FLAG_PIN;
  GetModuleHandleExW(flags, (LPCWSTR)(void*)&keepLibraryLoaded, &library);
}

}  // namespace quire

#endif
