// Replays exported contract cases without Node.js, so that sanitizers and emulators run only the kernels.
//
//   runner CASES...             each case on every instruction set, with one thread and with two
//   runner --mutate N CASES...  N damaged tapes, which must be rejected or run without a fault
//
// A case file, written by tools/native/case-file.ts, consists of little-endian words:
//   matrices: count; type, rows, columns, bytes, the bytes in whole words
//   vectors: count; type, numbers, bytes, the bytes
//   tape: count, words; options: count, words; tolerance; tolerance if activations are rounded to bf16
//   plans: count; words: count, words; numbers: count, doubles; logits: count, floats

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>

#include "../src/executable.h"
#include "../src/isa.h"

namespace {

using namespace quire;

struct Stored {
  int32_t type, rows, columns;
  std::vector<uint8_t> bytes;
};

struct PlanCase {
  std::vector<int32_t> words;
  std::vector<double> numbers;
  std::vector<float> logits;
};

struct Case {
  std::vector<Stored> matrices, vectors;
  std::vector<int32_t> tape;
  std::vector<int32_t> options;  // in the format of createExecutable
  float tolerance, roundedTolerance;
  std::vector<PlanCase> plans;
};

class Reader {
 public:
  explicit Reader(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    bytes_.assign(std::istreambuf_iterator<char>(file), {});
  }
  template <class T> T one() {
    T value;
    read(&value, sizeof value);
    return value;
  }
  template <class T> std::vector<T> many(size_t count) {
    std::vector<T> values(count);
    read(values.data(), count * sizeof(T));
    return values;
  }
  std::vector<uint8_t> padded(size_t count) {
    std::vector<uint8_t> values = many<uint8_t>(count);
    at_ += (4 - count % 4) % 4;
    return values;
  }

 private:
  void read(void* to, size_t count) {
    if (at_ + count > bytes_.size()) {
      fprintf(stderr, "unexpected end of a case file\n");
      exit(2);
    }
    if (count > 0) memcpy(to, bytes_.data() + at_, count);
    at_ += count;
  }
  std::vector<char> bytes_;
  size_t at_ = 0;
};

Case readCase(const std::string& path) {
  Reader in(path);
  Case one;
  for (int32_t left = in.one<int32_t>(); left > 0; left--) {
    Stored m{in.one<int32_t>(), in.one<int32_t>(), in.one<int32_t>(), {}};
    m.bytes = in.padded((size_t)in.one<int32_t>());
    one.matrices.push_back(std::move(m));
  }
  for (int32_t left = in.one<int32_t>(); left > 0; left--) {
    Stored v{in.one<int32_t>(), in.one<int32_t>(), 1, {}};
    v.bytes = in.padded((size_t)in.one<int32_t>());
    one.vectors.push_back(std::move(v));
  }
  one.tape = in.many<int32_t>((size_t)in.one<int32_t>());
  one.options = in.many<int32_t>((size_t)in.one<int32_t>());
  if (one.options.size() < 5) throw Failure{"bad_case", "the case has too few options"};
  one.tolerance = in.one<float>();
  one.roundedTolerance = in.one<float>();
  for (int32_t left = in.one<int32_t>(); left > 0; left--) {
    PlanCase plan;
    plan.words = in.many<int32_t>((size_t)in.one<int32_t>());
    plan.numbers = in.many<double>((size_t)in.one<int32_t>());
    plan.logits = in.many<float>((size_t)in.one<int32_t>());
    one.plans.push_back(std::move(plan));
  }
  return one;
}

std::shared_ptr<Weights> weightsOf(const Case& one, const Kernels& kernels) {
  auto weights = std::make_shared<Weights>(Weights{&kernels, {}, {}, {}, 0, 0});
  for (const Stored& m : one.matrices) {
    const int index = weights->addMatrix((WeightType)m.type, m.rows, m.columns);
    const Matrix& matrix = weights->matrices[(size_t)index];
    packPanels(matrix, m.bytes.data(), 0, 0, matrix.shape.panels());
  }
  for (const Stored& v : one.vectors) weights->addVector((WeightType)v.type, v.bytes.data(), (size_t)v.rows);
  return weights;
}

// Runs all plans; returns whether each logit is within its tolerance.
bool runPlans(const Case& one, Executable& executable, float tolerance, bool compare = true) {
  bool correct = true;
  for (const PlanCase& planned : one.plans) {
    const Plan plan = executable.readPlan(planned.words.data(), planned.words.size(), planned.numbers.data(),
                                          planned.numbers.size());
    const StepResult result = executable.step(plan);
    if (!compare) continue;
    float largest = 1e-6f;
    for (float logit : planned.logits) largest = std::fmax(largest, std::fabs(logit));
    correct = correct && result.logits.size() == planned.logits.size();
    for (size_t i = 0; correct && i < planned.logits.size(); i++)
      correct = std::fabs(result.logits[i] - planned.logits[i]) <= tolerance * largest;
  }
  return correct;
}

ExecutableOptions optionsOf(const Case& one, int threads) {
  const std::vector<int> blocks(one.options.begin() + 4, one.options.end());
  return {one.options[0], one.options[1], threads, (KvType)one.options[3], blocks};
}

int replay(const std::vector<std::string>& paths) {
  int wrong = 0, done = 0;
  for (const Kernels* kernels : supportedKernels())
    for (int threads = 1; threads <= 2; threads++)
      for (const std::string& path : paths) {
        const Case one = readCase(path);
        auto weights = weightsOf(one, *kernels);
        Executable executable(weights, readTape(one.tape.data(), one.tape.size(), *weights), optionsOf(one, threads));
        done++;
        if (runPlans(one, executable, kernels->bf16Pairs ? one.roundedTolerance : one.tolerance)) continue;
        wrong++;
        printf("%s on %s with %d threads: wrong logits\n", path.c_str(), kernels->name, threads);
      }
  printf("%d cases, %d wrong\n", done, wrong);
  return wrong == 0 ? 0 : 1;
}

uint32_t state = 12345;
uint32_t next() {  // xorshift32 (Marsaglia 2003)
  state ^= state << 13, state ^= state >> 17, state ^= state << 5;
  return state;
}

// Replaces a word by a nearby value, another word of the tape, a value with a flipped bit, or a random one.
void mutate(std::vector<int32_t>& words) {
  for (uint32_t times = 1 + next() % 3; times > 0; times--) {
    int32_t& word = words[next() % words.size()];
    switch (next() % 5) {
      case 0: word += 1; break;
      case 1: word -= 1; break;
      case 2: word = words[next() % words.size()]; break;
      case 3: word ^= (int32_t)(1u << next() % 32); break;
      default: word = (int32_t)next();
    }
  }
  if (next() % 16 == 0) words.resize(next() % (words.size() + 1));
}

int mutateAll(int count, const std::vector<std::string>& paths) {
  int rejected = 0, ran = 0;
  const Kernels& kernels = *supportedKernels().front();
  for (int i = 0; i < count; i++) {
    Case one = readCase(paths[(size_t)i % paths.size()]);
    auto weights = weightsOf(one, kernels);
    mutate(one.tape);
    if (i % 4 == 3 && !one.plans.empty()) mutate(one.plans[0].words);
    try {
      Tape tape = readTape(one.tape.data(), one.tape.size(), *weights);
      if (tape.arenaBytes > (1u << 28) || tape.vocab > 1 << 22)
        throw Failure{"out_of_memory", "more memory than this test may use"};
      Executable executable(weights, std::move(tape), optionsOf(one, 2));
      runPlans(one, executable, 0, false);
      ran++;
    } catch (const Failure&) {
      rejected++;
    }
  }
  printf("%d damaged tapes: %d rejected, %d ran without a fault\n", count, rejected, ran);
  return 0;
}

}  // namespace

int main(int count, char** arguments) {
  std::vector<std::string> paths(arguments + 1, arguments + count);
  if (!paths.empty() && paths[0] == "--mutate")
    return mutateAll(atoi(paths.at(1).c_str()), std::vector<std::string>(paths.begin() + 2, paths.end()));
  return replay(paths);
}
