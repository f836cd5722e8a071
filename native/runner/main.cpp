// Executes contract cases without Node.js, so that sanitizers and emulators execute only the kernels.
//
//   runner CASES...             executes each case with every instruction set, with one thread and two threads
//   runner --mutate N CASES...  executes N cases with random changes in the tape (the encoded list of operations), each of
//                               which must be rejected or run without a memory error
//
// A case file, written by tools/native/case-file.ts, consists of little-endian words:
//   matrices: count, then for each: type, rows, columns, byte count, bytes (padded to words)
//   vectors: count, then for each: type, number of elements, byte count, bytes (padded to words)
//   tape: count, words; options: count, words; tolerance; tolerance if activations are rounded to bf16
//   adapters: count, then for each: matrices as above; words of setAdapter: count, words
//   plans: count, then for each: words: count, words; doubles: count, doubles; values: count, floats (logits, then vectors)

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>

#include "../src/checked-calls.h"
#include "../src/isa.h"
#include "../src/thread-pool.h"

namespace {

using namespace quire;

struct WeightData {
  int32_t type, rows, columns;
  std::vector<uint8_t> bytes;
};

struct AdapterCase {
  std::vector<WeightData> matrices;
  std::vector<int32_t> words;
};

struct PlanCase {
  std::vector<int32_t> words;
  std::vector<double> doubles;
  std::vector<float> values;  // logits, then vectors
};

struct Case {
  std::vector<WeightData> matrices, vectors;
  std::vector<int32_t> tape;
  std::vector<int32_t> options;  // in the format of createExecutable
  float tolerance, roundedTolerance;
  std::vector<AdapterCase> adapters;
  std::vector<PlanCase> plans;
};

class Reader {
 public:
  explicit Reader(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    bytes_.assign(std::istreambuf_iterator<char>(file), {});
  }
  template <class T> T readOne() {
    T value;
    read(&value, sizeof value);
    return value;
  }
  template <class T> std::vector<T> readMany(size_t count) {
    std::vector<T> values(count);
    read(values.data(), count * sizeof(T));
    return values;
  }
  std::vector<uint8_t> readPadded(size_t count) {
    std::vector<uint8_t> values = readMany<uint8_t>(count);
    offset_ += (4 - count % 4) % 4;
    return values;
  }

 private:
  void read(void* target, size_t count) {
    if (offset_ + count > bytes_.size()) {
      fprintf(stderr, "unexpected end of a case file\n");
      exit(2);
    }
    if (count > 0) memcpy(target, bytes_.data() + offset_, count);
    offset_ += count;
  }
  std::vector<char> bytes_;
  size_t offset_ = 0;
};

std::vector<WeightData> readMatrices(Reader& reader) {
  std::vector<WeightData> matrices;
  for (int32_t remaining = reader.readOne<int32_t>(); remaining > 0; remaining--) {
    WeightData matrix{reader.readOne<int32_t>(), reader.readOne<int32_t>(), reader.readOne<int32_t>(), {}};
    matrix.bytes = reader.readPadded((size_t)reader.readOne<int32_t>());
    matrices.push_back(std::move(matrix));
  }
  return matrices;
}

Case readCase(const std::string& path) {
  Reader reader(path);
  Case testCase;
  testCase.matrices = readMatrices(reader);
  for (int32_t remaining = reader.readOne<int32_t>(); remaining > 0; remaining--) {
    WeightData vector{reader.readOne<int32_t>(), reader.readOne<int32_t>(), 1, {}};
    vector.bytes = reader.readPadded((size_t)reader.readOne<int32_t>());
    testCase.vectors.push_back(std::move(vector));
  }
  testCase.tape = reader.readMany<int32_t>((size_t)reader.readOne<int32_t>());
  testCase.options = reader.readMany<int32_t>((size_t)reader.readOne<int32_t>());
  testCase.tolerance = reader.readOne<float>();
  testCase.roundedTolerance = reader.readOne<float>();
  for (int32_t remaining = reader.readOne<int32_t>(); remaining > 0; remaining--) {
    AdapterCase adapter;
    adapter.matrices = readMatrices(reader);
    adapter.words = reader.readMany<int32_t>((size_t)reader.readOne<int32_t>());
    testCase.adapters.push_back(std::move(adapter));
  }
  for (int32_t remaining = reader.readOne<int32_t>(); remaining > 0; remaining--) {
    PlanCase plan;
    plan.words = reader.readMany<int32_t>((size_t)reader.readOne<int32_t>());
    plan.doubles = reader.readMany<double>((size_t)reader.readOne<int32_t>());
    plan.values = reader.readMany<float>((size_t)reader.readOne<int32_t>());
    testCase.plans.push_back(std::move(plan));
  }
  return testCase;
}

std::shared_ptr<Weights> packMatrices(const std::vector<WeightData>& matrices, const Kernels& kernels) {
  auto weights = std::make_shared<Weights>(Weights{&kernels, {}, {}, {}, 0, 0});
  for (const WeightData& matrix : matrices) {
    const int index = weights->addMatrix((WeightType)matrix.type, matrix.rows, matrix.columns);
    const Matrix& packed = weights->matrices[(size_t)index];
    packPanels(packed, matrix.bytes.data(), 0, 0, packed.shape.panels());
  }
  return weights;
}

std::shared_ptr<Weights> createWeights(const Case& testCase, const Kernels& kernels) {
  auto weights = packMatrices(testCase.matrices, kernels);
  for (const WeightData& vector : testCase.vectors)
    weights->addVector((WeightType)vector.type, vector.bytes.data(), (size_t)vector.rows);
  return weights;
}

void setAdapters(const Case& testCase, const Kernels& kernels, Executable& executable) {
  int slot = 0;
  for (const AdapterCase& adapter : testCase.adapters)
    executable.setAdapter(slot++, packMatrices(adapter.matrices, kernels), adapter.words.data(), adapter.words.size());
}

// Executes all plans. Returns whether the values are within the tolerance; always true without `compare`.
bool executePlans(const Case& testCase, Executable& executable, float tolerance, bool compare = true) {
  bool isCorrect = true;
  for (const PlanCase& planCase : testCase.plans) {
    const Plan plan = executable.readPlan(planCase.words.data(), planCase.words.size(), planCase.doubles.data(),
                                          planCase.doubles.size());
    const StepResult result = executable.step(plan);
    if (!compare) continue;
    float largest = 1e-6f;
    std::vector<float> values = result.logits;
    values.insert(values.end(), result.vectors.begin(), result.vectors.end());
    for (float value : planCase.values) largest = std::fmax(largest, std::fabs(value));
    isCorrect = isCorrect && values.size() == planCase.values.size();
    for (size_t i = 0; isCorrect && i < planCase.values.size(); i++)
      isCorrect = std::fabs(values[i] - planCase.values[i]) <= tolerance * largest;
  }
  return isCorrect;
}

ExecutableOptions optionsOf(const Case& testCase) {
  return ExecutableValues(testCase.options.data(), testCase.options.size()).options;
}

int executeCases(const std::vector<std::string>& paths) {
  int wrongCount = 0, caseCount = 0;
  for (const Kernels* kernels : supportedKernels())
    for (int threads = 1; threads <= 2; threads++)
      for (const std::string& path : paths) {
        const Case testCase = readCase(path);
        auto weights = createWeights(testCase, *kernels);
        Tape tape = readTape(testCase.tape.data(), testCase.tape.size(), *weights);
        Executable executable(weights, std::move(tape), optionsOf(testCase), ThreadPool::withThreads(threads));
        setAdapters(testCase, *kernels, executable);
        caseCount++;
        const float tolerance = kernels->bf16Pairs ? testCase.roundedTolerance : testCase.tolerance;
        if (executePlans(testCase, executable, tolerance)) continue;
        wrongCount++;
        printf("%s on %s with %d threads: wrong values\n", path.c_str(), kernels->name, threads);
      }
  printf("%d cases, %d wrong\n", caseCount, wrongCount);
  return wrongCount == 0 ? 0 : 1;
}

uint32_t randomState = 12345;
uint32_t nextRandom() {  // xorshift32 (Marsaglia 2003)
  randomState ^= randomState << 13, randomState ^= randomState >> 17, randomState ^= randomState << 5;
  return randomState;
}

// Replaces up to three words: increments or decrements them, copies another word, flips a bit or sets a random value.
// Sometimes also removes words at the end.
void damage(std::vector<int32_t>& words) {
  for (uint32_t times = 1 + nextRandom() % 3; times > 0; times--) {
    int32_t& word = words[nextRandom() % words.size()];
    switch (nextRandom() % 5) {
      case 0: word += 1; break;
      case 1: word -= 1; break;
      case 2: word = words[nextRandom() % words.size()]; break;
      case 3: word ^= (int32_t)(1u << nextRandom() % 32); break;
      default: word = (int32_t)nextRandom();
    }
  }
  if (nextRandom() % 16 == 0) words.resize(nextRandom() % (words.size() + 1));
}

int executeDamaged(int count, const std::vector<std::string>& paths) {
  int rejected = 0, completed = 0;
  const Kernels& kernels = *supportedKernels().front();
  for (int i = 0; i < count; i++) {
    Case testCase = readCase(paths[(size_t)i % paths.size()]);
    auto weights = createWeights(testCase, kernels);
    damage(testCase.tape);
    if (i % 4 == 1 && !testCase.adapters.empty()) damage(testCase.adapters[0].words);
    if (i % 4 == 3 && !testCase.plans.empty()) damage(testCase.plans[0].words);
    try {
      Tape tape = readTape(testCase.tape.data(), testCase.tape.size(), *weights);
      if (tape.arenaBytes > (1u << 28) || tape.vocab > 1 << 22)
        throw Failure{"out_of_memory", "the tape requires more memory than this test may use"};
      Executable executable(weights, std::move(tape), optionsOf(testCase), ThreadPool::withThreads(2));
      setAdapters(testCase, kernels, executable);
      executePlans(testCase, executable, 0, false);
      completed++;
    } catch (const Failure&) {
      rejected++;
    }
  }
  printf("%d changed cases: %d rejected, %d completed\n", count, rejected, completed);
  return 0;
}

}  // namespace

int main(int count, char** arguments) {
  std::vector<std::string> paths(arguments + 1, arguments + count);
  if (!paths.empty() && paths[0] == "--mutate")
    return executeDamaged(atoi(paths.at(1).c_str()), std::vector<std::string>(paths.begin() + 2, paths.end()));
  return executeCases(paths);
}
