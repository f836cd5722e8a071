// The interface of the WebAssembly module, which src/kernels/wasm/ calls. A memory contains the weights of one model and its
// executables, and a pool whose threads are workers of JavaScript. Every thread has its own instance of the module and its
// own stack. Thread 0 calls all functions but `runLoops`; only this thread allocates memory.

#include <cstdlib>
#include <cstring>

#include "checked-calls.h"
#include "isa.h"
#include "limits.h"

#define QUIRE_EXPORT(NAME) extern "C" __attribute__((export_name(#NAME)))

extern "C" __attribute__((import_module("env"), import_name("fail"), noreturn)) void throwInJavaScript(
    const char* code, const char* message, size_t length);

namespace quire {

namespace {

Pool* pool = nullptr;
std::vector<std::shared_ptr<Weights>> allWeights;  // of the model, then of adapters
std::vector<std::unique_ptr<Executable>> executables;

const std::shared_ptr<Weights>& weightsAt(int index) {
  if (index < 0 || (size_t)index >= allWeights.size() || allWeights[(size_t)index] == nullptr)
    fail("disposed", "the weights were disposed");
  return allWeights[(size_t)index];
}

Executable& executableAt(int index) {
  if (index < 0 || (size_t)index >= executables.size() || executables[(size_t)index] == nullptr)
    fail("disposed", "the executable was disposed");
  return *executables[(size_t)index];
}

thread_local bool mayAllocate = true;

// The results of the last call, which JavaScript copies.
StepResult stepResult;
std::vector<double> numbers;
uint32_t words[12];

// Returns the addresses and lengths of arrays.
template <class... Arrays> const uint32_t* addressesOf(const Arrays&... arrays) {
  uint32_t* word = words;
  ((*word++ = (uint32_t)(uintptr_t)arrays.data(), *word++ = (uint32_t)arrays.size()), ...);
  return words;
}

}  // namespace

template <size_t SIZE> [[noreturn]] static void failWithText(const char* code, const char (&message)[SIZE]) {
  throwInJavaScript(code, message, SIZE - 1);
}

// The allocator of the C library has no locks.
static void requireThread0() {
  if (!mayAllocate) failWithText("backend_failed", "a thread other than thread 0 allocated or freed memory");
}

void fail(const char* code, const std::string& message) { throwInJavaScript(code, message.data(), message.size()); }

QUIRE_EXPORT(start) void start(int threads) { pool = new Pool(threads); }

/** Executes the parallel loops of steps until the memory is no longer used. */
QUIRE_EXPORT(runLoops) void runLoops(int thread) {
  mayAllocate = false;
  pool->runLoops(thread);
}

/** Allocates memory for arguments, or for the stack and the variables of a thread. Returns 0 if there is not enough. */
QUIRE_EXPORT(allocate) void* allocate(size_t bytes) { return allocateMemory(64, (bytes + 63) / 64 * 64); }

QUIRE_EXPORT(release) void release(void* memory) { freeMemory(memory); }

/** Frees the allocations of weights and executables of a call that failed, because its destructors were not executed. */
QUIRE_EXPORT(discard) void discard() { discardAllocations(); }

/** Returns the number of the weights. */
QUIRE_EXPORT(createWeights) int createWeights() {
  allWeights.push_back(std::make_shared<Weights>(Weights{wasmKernels(), {}, {}, {}, 0, 0}));
  return (int)allWeights.size() - 1;
}

QUIRE_EXPORT(disposeWeights) void disposeWeights(int weights) {
  weightsAt(weights);
  allWeights[(size_t)weights].reset();
}

QUIRE_EXPORT(addMatrix) int addMatrixCall(int weights, int type, int rows, int columns) {
  return addMatrix(*weightsAt(weights), type, rows, columns);
}

QUIRE_EXPORT(addVector) int addVectorCall(int weights, int type, const uint8_t* bytes, size_t length, int count) {
  return addVector(*weightsAt(weights), type, bytes, length, count);
}

QUIRE_EXPORT(pack) void pack(int weights, int matrix, const uint8_t* bytes, size_t length, int row) {
  RowPacking(*weightsAt(weights), matrix, bytes, length, row).run(*pool);
}

/** Returns the number of the executable. */
QUIRE_EXPORT(createExecutable) int createExecutable(int weights, const int32_t* tapeWords, size_t count,
                                                    const int32_t* values, size_t valueCount) {
  beginAllocations();
  const ExecutableValues read(values, valueCount);
  Tape tape = readTape(tapeWords, count, *weightsAt(weights));
  executables.push_back(std::make_unique<Executable>(weightsAt(weights), std::move(tape), read.options, *pool));
  keepAllocations();
  return (int)executables.size() - 1;
}

QUIRE_EXPORT(disposeExecutable) void disposeExecutable(int index) {
  executableAt(index);
  executables[(size_t)index].reset();
}

QUIRE_EXPORT(setAdapter) void setAdapter(int index, int slot, int weights, const int32_t* adapterWords, size_t count) {
  executableAt(index).setAdapter(slot, weightsAt(weights), adapterWords, count);
}

QUIRE_EXPORT(removeAdapter) void removeAdapter(int index, int slot) { executableAt(index).removeAdapter(slot); }

/** Returns addresses and lengths of tokens, outcomes, log-probabilities, most probable tokens, logits, vectors and milliseconds. */
QUIRE_EXPORT(step) const uint32_t* step(int index, const int32_t* planWords, size_t wordCount, const double* doubles,
                                        size_t doubleCount) {
  Executable& executable = executableAt(index);
  const Plan plan = executable.readPlan(planWords, wordCount, doubles, doubleCount);
  stepResult = executable.step(plan);
  numbers = {stepResult.milliseconds};
  return addressesOf(stepResult.tokens, stepResult.outcomes, stepResult.logprobs, stepResult.topTokens,
                     stepResult.logits, stepResult.vectors, numbers);
}

/** Starts or stops measuring. Returns address and length of the nanoseconds, as Profile returns them. */
QUIRE_EXPORT(profile) const uint32_t* profile(int index, int isEnabled) {
  Profile& measured = executableAt(index).profile();
  measured.setEnabled(isEnabled != 0);
  numbers = measured.takeNanoseconds();
  return addressesOf(numbers);
}

/** Returns the address of a block. */
QUIRE_EXPORT(block) uint8_t* block(int index, int group, int number) {
  uint8_t* bytes = executableAt(index).block(group, number);
  if (bytes == nullptr) fail("bad_argument", "the block does not exist");
  return bytes;
}

QUIRE_EXPORT(blockBytes) size_t blockBytes(int index, int group) { return executableAt(index).blockBytes(group); }

/** Returns address and length of the rates in the order of Limits. */
QUIRE_EXPORT(measureLimits) const uint32_t* measureLimitsCall() {
  const Limits measured = measureLimits(*wasmKernels(), *pool);
  numbers = {measured.bandwidth, measured.int8, measured.int16, measured.f32, measured.bf16};
  return addressesOf(numbers);
}

}  // namespace quire

// The C++ library would end the thread if an allocation fails.
void* operator new(size_t bytes) {
  quire::requireThread0();
  void* memory = malloc(bytes);
  if (memory == nullptr) quire::failWithText("out_of_memory", "not enough memory: WebAssembly can use 4 GiB");
  return memory;
}

void operator delete(void* memory) noexcept {
  if (memory != nullptr) quire::requireThread0();
  free(memory);
}
