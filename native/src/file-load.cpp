#include "file-load.h"

#include <algorithm>
#include <cerrno>
#include <thread>

namespace quire {

namespace {

constexpr size_t READ_BYTES = (size_t)512 << 10;  // the source of a panel and its packed form are in the second-level cache

struct ReadError { int error; };

// Throws ReadError with errno, or with 0 if the file ends first.
void readFully(FileHandle file, uint8_t* target, size_t bytes, size_t offset) {
  while (bytes > 0) {
    const ptrdiff_t count = readFile(file, target, bytes, offset);
    if (count <= 0) throw ReadError{count < 0 ? errno : 0};
    target += count, bytes -= (size_t)count, offset += (size_t)count;
  }
}

uint8_t* enlarge(std::vector<uint8_t>& buffer, size_t bytes) {
  if (buffer.size() < bytes) buffer.resize(bytes);
  return buffer.data();
}

}  // namespace

FileLoad::FileLoad(std::shared_ptr<Weights> weights, std::vector<FilePart> parts, size_t sampleBytes)
    : weights_(std::move(weights)), parts_(std::move(parts)), samples_(sampleBytes) {
  for (const FilePart& part : parts_) {
    checkPart(part);
    files_ = std::max(files_, part.file + 1);
  }
}

void FileLoad::checkPart(const FilePart& part) const {
  const auto require = [](bool isValid) {
    if (!isValid) fail("bad_argument", "a part of a file does not match its destination");
  };
  require(part.bytes > 0);
  if (part.kind == PartKind::SAMPLE) {
    require(part.position <= samples_.size() && part.bytes <= samples_.size() - part.position);
  } else if (part.kind == PartKind::VECTOR) {
    require(part.index < weights_->vectors.size());
    const size_t block = (size_t)blockElements(part.type);
    const size_t blocks = (weights_->vectorLength(part.index) + block - 1) / block;
    require(part.bytes == fileRowBytes(part.type, (int)(blocks * block)));
  } else {
    require(part.index < weights_->matrices.size());
    requirePanels(weights_->matrices[part.index].shape, part.position, part.bytes);
  }
}

std::optional<ReadFailure> FileLoad::run(const std::vector<FileHandle>& files, int threads) {
  std::vector<std::thread> helpers;
  try {
    while ((int)helpers.size() < threads - 1) helpers.emplace_back([&] { loadParts(files); });
  } catch (const std::exception&) {
    // The system limits the number of threads or the memory: the others load all parts.
  }
  loadParts(files);
  for (std::thread& helper : helpers) helper.join();
  weights_.reset();
  return failure_;
}

void FileLoad::loadParts(const std::vector<FileHandle>& files) {
  std::vector<uint8_t> buffer;
  while (!isStopped_.load(std::memory_order_relaxed)) {
    const size_t i = nextPart_.fetch_add(1, std::memory_order_relaxed);
    if (i >= parts_.size()) return;
    const FilePart& part = parts_[i];
    try {
      loadPart(part, files[part.file], buffer);
    } catch (const ReadError& failure) {
      recordFailure(i, failure.error);
    } catch (const std::bad_alloc&) {
      recordFailure(i, ENOMEM);
    }
    if (part.kind != PartKind::SAMPLE) loadedBytes_.fetch_add(part.bytes, std::memory_order_relaxed);
  }
}

void FileLoad::loadPart(const FilePart& part, FileHandle file, std::vector<uint8_t>& buffer) {
  if (part.kind == PartKind::MATRIX) return loadRows(part, file, buffer);
  if (part.kind == PartKind::SAMPLE) return readFully(file, samples_.data() + part.position, part.bytes, part.offset);
  uint8_t* bytes = enlarge(buffer, part.bytes);
  readFully(file, bytes, part.bytes, part.offset);
  decodeElements(part.type, bytes, weights_->vectorLength(part.index), weights_->vectors[part.index].data());
}

void FileLoad::loadRows(const FilePart& part, FileHandle file, std::vector<uint8_t>& buffer) {
  const Matrix& matrix = weights_->matrices[part.index];
  const size_t lanes = (size_t)matrix.shape.lanes;
  const size_t panelBytes = lanes * fileRowBytes(matrix.shape.type, matrix.shape.columns);
  const size_t readBytes = std::max<size_t>(1, READ_BYTES / panelBytes) * panelBytes;
  for (size_t from = 0; from < part.bytes; from += readBytes) {
    const size_t bytes = std::min(readBytes, part.bytes - from);
    uint8_t* source = enlarge(buffer, bytes);
    readFully(file, source, bytes, part.offset + from);
    const int panel = (int)(part.position / lanes + from / panelBytes);
    packPanels(matrix, source, panel, panel, panel + (int)((bytes + panelBytes - 1) / panelBytes));
  }
}

// If several parts fail, the first in order is reported.
void FileLoad::recordFailure(size_t part, int error) {
  cancel();
  std::lock_guard lock(failureMutex_);
  if (!failure_ || part < failure_->part) failure_ = ReadFailure{part, error};
}

}  // namespace quire
