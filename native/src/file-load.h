// Reads weights from files and packs them, on its own threads, so that neither the event loop nor the steps of other engines
// wait for a disk. Only for Node.js; the other files of this folder do not read files.
//
// The bytes of a file are copied to a buffer of a thread (pread) and packed from there while they are in its cache. The file is
// not mapped into memory: a process that reads a mapped file after it was shortened is ended by a signal.
#pragma once
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "system.h"
#include "weights.h"

namespace quire {

enum class PartKind { MATRIX, VECTOR, SAMPLE, COUNT };

/** Consecutive bytes of a file. */
struct FilePart {
  PartKind kind;
  size_t file;      // index of the file in `run`
  size_t offset;    // from the start of the file
  size_t bytes;
  size_t index;     // of the matrix or of the vector
  size_t position;  // first row in the matrix, or first byte in the samples
  WeightType type;  // of the elements of a vector
};

/** A part that could not be read. */
struct ReadFailure {
  size_t part;
  int error;  // errno, 0 if the file ends before the end of the part
};

class FileLoad {
 public:
  /** Throws Failure "bad_argument" if a part is not inside its matrix, its vector or the samples. */
  FileLoad(std::shared_ptr<Weights> weights, std::vector<FilePart> parts, size_t sampleBytes);
  /**
   * Loads all parts with `threads` threads, which are created for it. Returns after they have ended. `files` are not
   * closed. Must be called once.
   */
  std::optional<ReadFailure> run(const std::vector<FileHandle>& files, int threads);
  /** Ends `run` early: the parts that are being read are the last. */
  void cancel() { isStopped_.store(true, std::memory_order_relaxed); }
  /** Returns the number of bytes of matrices and vectors that are loaded. */
  size_t loadedBytes() const { return loadedBytes_.load(std::memory_order_relaxed); }
  size_t files() const { return files_; }
  const std::vector<uint8_t>& samples() const { return samples_; }

 private:
  void checkPart(const FilePart& part) const;
  void loadParts(const std::vector<FileHandle>& files);
  void loadPart(const FilePart& part, FileHandle file, std::vector<uint8_t>& buffer);
  void loadRows(const FilePart& part, FileHandle file, std::vector<uint8_t>& buffer);
  void recordFailure(size_t part, int error);

  std::shared_ptr<Weights> weights_;  // released at the end of `run`
  const std::vector<FilePart> parts_;
  std::vector<uint8_t> samples_;
  size_t files_ = 0;
  std::atomic<size_t> nextPart_{0}, loadedBytes_{0};
  std::atomic<bool> isStopped_{false};
  std::mutex failureMutex_;
  std::optional<ReadFailure> failure_;
};

}  // namespace quire
