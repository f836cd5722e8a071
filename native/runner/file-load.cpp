// Loads weights from a file as the addon does, without Node.js, so that sanitizers execute the threads that read and pack: complete
// loads, loads that are cancelled, files that are too short, and descriptors that are not open.
//
//   file-load FILE      overwrites FILE

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <thread>

#include "../src/file-load.h"

namespace {

using namespace quire;

constexpr int ROWS = 1000, COLUMNS = 512, PART_ROWS = 192;
constexpr size_t SAMPLES = 16, SAMPLE_BYTES = 64;

/** The weights of one type in a file: a matrix, then a vector of its type. */
struct Fixture {
  WeightType type;
  std::shared_ptr<Weights> weights;
  std::vector<uint8_t> file, expectedMatrix;
  std::vector<float> expectedVector;
  std::vector<FilePart> parts;
};

Fixture createFixture(WeightType type, const Kernels& kernels) {
  Fixture fixture{type, std::make_shared<Weights>(Weights{&kernels, {}, {}, {}, 0, 0}), {}, {}, {}, {}};
  const size_t rowBytes = fileRowBytes(type, COLUMNS), matrixBytes = ROWS * rowBytes;
  fixture.file.resize(matrixBytes + rowBytes);
  uint32_t state = 1;
  for (uint8_t& byte : fixture.file) byte = (uint8_t)((state = state * 1664525 + 1013904223) >> 24);
  const size_t matrix = (size_t)fixture.weights->addMatrix(type, ROWS, COLUMNS);
  const size_t vector = (size_t)fixture.weights->addVector((size_t)COLUMNS);
  for (int row = 0; row < ROWS; row += PART_ROWS) {
    const size_t bytes = (size_t)std::min(PART_ROWS, ROWS - row) * rowBytes;
    fixture.parts.push_back({PartKind::MATRIX, 0, (size_t)row * rowBytes, bytes, matrix, (size_t)row, type});
  }
  fixture.parts.push_back({PartKind::VECTOR, 0, matrixBytes, rowBytes, vector, 0, type});
  for (size_t i = 0; i < SAMPLES; i++)
    fixture.parts.push_back({PartKind::SAMPLE, 0, i * rowBytes, SAMPLE_BYTES, 0, i * SAMPLE_BYTES, type});
  const PackedShape& shape = fixture.weights->matrices[matrix].shape;
  fixture.expectedMatrix.resize(shape.bytes());
  packPanels({shape, fixture.expectedMatrix.data()}, fixture.file.data(), 0, 0, shape.panels());
  fixture.expectedVector.resize((size_t)COLUMNS);
  decodeElements(type, fixture.file.data() + matrixBytes, (size_t)COLUMNS, fixture.expectedVector.data());
  return fixture;
}

bool isLoaded(const Fixture& fixture, const FileLoad& load) {
  const Weights& weights = *fixture.weights;
  const size_t rowBytes = fileRowBytes(fixture.type, COLUMNS);
  bool isEqual = memcmp(weights.matrices[0].packed, fixture.expectedMatrix.data(), fixture.expectedMatrix.size()) == 0 &&
                 memcmp(weights.vectors[0].data(), fixture.expectedVector.data(), COLUMNS * sizeof(float)) == 0;
  for (size_t i = 0; i < SAMPLES; i++)
    isEqual = isEqual && memcmp(load.samples().data() + i * SAMPLE_BYTES, fixture.file.data() + i * rowBytes, SAMPLE_BYTES) == 0;
  return isEqual && load.loadedBytes() == fixture.file.size();
}

int countWrongLoads(const Fixture& fixture, int descriptor) {
  int wrongCount = 0;
  const auto require = [&](bool isCorrect) { wrongCount += isCorrect ? 0 : 1; };
  for (int threads = 1; threads <= 4; threads++) {
    FileLoad load(fixture.weights, fixture.parts, SAMPLES * SAMPLE_BYTES);
    require(!load.run({descriptor}, threads) && isLoaded(fixture, load));
    FileLoad cancelled(fixture.weights, fixture.parts, SAMPLES * SAMPLE_BYTES);
    std::thread canceller([&] { cancelled.cancel(); });
    require(!cancelled.run({descriptor}, threads));
    canceller.join();
    FileLoad unreadable(fixture.weights, fixture.parts, SAMPLES * SAMPLE_BYTES);
    const std::optional<ReadFailure> failure = unreadable.run({-1}, threads);
    require(failure && failure->part < (size_t)threads && failure->error == EBADF);
  }
  const size_t rowBytes = fileRowBytes(fixture.type, COLUMNS);
  if (ftruncate(descriptor, (off_t)(2 * PART_ROWS * rowBytes + 1)) != 0) return wrongCount + 1;
  FileLoad tooShort(fixture.weights, fixture.parts, SAMPLES * SAMPLE_BYTES);
  const std::optional<ReadFailure> failure = tooShort.run({descriptor}, 3);
  require(failure && failure->part >= 2 && failure->error == 0);
  return wrongCount;
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 2) return 2;
  int wrongCount = 0;
  for (int lanes = 8; lanes <= 16; lanes += 8)
    for (int type = 0; type < (int)WeightType::COUNT; type++) {
      Kernels kernels{};
      kernels.lanes = lanes;
      kernels.biasedBytes = lanes == 16;
      const Fixture fixture = createFixture((WeightType)type, kernels);
      const int descriptor = open(arguments[1], O_RDWR | O_CREAT | O_TRUNC, 0600);
      if (write(descriptor, fixture.file.data(), fixture.file.size()) != (ssize_t)fixture.file.size()) return 2;
      wrongCount += countWrongLoads(fixture, descriptor);
      close(descriptor);
    }
  printf("loads from files: %d wrong\n", wrongCount);
  return wrongCount == 0 ? 0 : 1;
}
