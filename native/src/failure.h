// Errors that are reported to JavaScript.
#pragma once
#include <string>
#include <utility>

namespace quire {

/** `code` is a code of QuireError. */
struct Failure {
  const char* code;
  std::string message;
};

#if defined(__wasm__)
/** Throws an error in JavaScript, which ends the call. The destructors of the frames are not executed. */
[[noreturn]] void fail(const char* code, const std::string& message);
#else
/** Throws Failure. */
[[noreturn]] inline void fail(const char* code, std::string message) { throw Failure{code, std::move(message)}; }
#endif

}  // namespace quire
