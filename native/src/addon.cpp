// The Node-API interface to weights and executables. Functions that compute for a long time run on the thread pool and
// return a promise. A job has references to the objects that it uses, so that they are not freed while the job runs.
// Errors have the codes of QuireError.

#include <node_api.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <thread>

#include "checked-calls.h"
#include "file-load.h"
#include "isa.h"
#include "limits.h"
#include "napi-promises.h"
#include "system.h"
#include "thread-pool.h"

namespace quire {

namespace {

using SharedExecutable = std::shared_ptr<Executable>;
using SharedWeights = std::shared_ptr<Weights>;
using SharedFileLoad = std::shared_ptr<FileLoad>;

// Returns the function that runs a job on the pool.
auto on(ThreadPool& pool) {
  return [&pool](std::function<void()> job) { pool.submit(std::move(job)); };
}
auto on(const Executable& executable) { return on(ThreadPool::withThreads(executable.threads())); }

constexpr napi_type_tag WEIGHTS{0x7175697265000001, 1};
constexpr napi_type_tag EXECUTABLE{0x7175697265000002, 1};
constexpr napi_type_tag FILE_LOAD{0x7175697265000003, 1};

// instructionSets(): the names of the supported instruction sets, the fastest first
napi_value instructionSets(napi_env env, Arguments&) {
  napi_value names;
  napi_create_array(env, &names);
  uint32_t i = 0;
  for (const Kernels* kernels : supportedKernels()) {
    napi_value name;
    napi_create_string_utf8(env, kernels->name, NAPI_AUTO_LENGTH, &name);
    napi_set_element(env, names, i++, name);
  }
  return names;
}

// createWeights(instructionSet)
napi_value createWeights(napi_env env, Arguments& arguments) {
  const std::string name = arguments.text(0);
  for (const Kernels* kernels : supportedKernels())
    if (name == kernels->name) return wrap(env, std::make_shared<Weights>(Weights{kernels, {}, {}, {}, 0, 0}), WEIGHTS);
  fail("bad_option", "the processor does not support the instruction set " + name);
}

// addMatrix(weights, type, rows, columns): returns the index of the matrix
napi_value addMatrix(napi_env env, Arguments& arguments) {
  Weights& weights = *arguments.unwrap<SharedWeights>(0, WEIGHTS);
  return createNumber(env, addMatrix(weights, arguments.integer(1), arguments.integer(2), arguments.integer(3)));
}

// addVector(weights, type, bytes, count): returns the index of the vector
napi_value addVector(napi_env env, Arguments& arguments) {
  Weights& weights = *arguments.unwrap<SharedWeights>(0, WEIGHTS);
  size_t length;
  const uint8_t* bytes = arguments.array<uint8_t>(2, napi_uint8_array, length);
  return createNumber(env, addVector(weights, arguments.integer(1), bytes, length, arguments.integer(3)));
}

// pack(weights, matrix, bytes, threads, row): packs rows of a matrix from `row` on; returns a promise
napi_value pack(napi_env env, Arguments& arguments) {
  SharedWeights weights = arguments.unwrap<SharedWeights>(0, WEIGHTS);
  const int32_t matrix = arguments.integer(1), threads = arguments.integer(3), row = arguments.integer(4);
  size_t length;
  const uint8_t* bytes = arguments.array<uint8_t>(2, napi_uint8_array, length);
  // Copies the matrix, because `matrices` may be reallocated while the job runs.
  const RowPacking packing(*weights, matrix, bytes, length, row);
  ThreadPool& pool = ThreadPool::withThreads(threads);
  return createPromise(env, on(pool), arguments.at(2), [weights, packing, &pool] {
    packing.run(pool);
    return std::function(createUndefined);
  });
}

// reserveVector(weights, count): returns the index of a vector, which a file load fills
napi_value reserveVector(napi_env env, Arguments& arguments) {
  const int32_t count = arguments.integer(1);
  if (count < 1) fail("bad_argument", "a vector needs at least one element");
  return createNumber(env, arguments.unwrap<SharedWeights>(0, WEIGHTS)->addVector((size_t)count));
}

// createFileLoad(weights, numbers, sampleBytes): `numbers` contains the fields of each part in the order of FilePart
napi_value createFileLoad(napi_env env, Arguments& arguments) {
  constexpr size_t FIELDS = 7;
  SharedWeights weights = arguments.unwrap<SharedWeights>(0, WEIGHTS);
  size_t count;
  const double* numbers = arguments.array<double>(1, napi_float64_array, count);
  const int32_t sampleBytes = arguments.integer(2);
  const auto isSize = [](double number) { return number >= 0 && number < 0x1p53; };
  if (count % FIELDS != 0 || sampleBytes < 0 || !std::all_of(numbers, numbers + count, isSize))
    fail("bad_argument", "invalid parts of files");
  std::vector<FilePart> parts;
  for (const double* part = numbers; part < numbers + count; part += FIELDS) {
    if (part[0] >= (double)PartKind::COUNT || part[6] >= (double)WeightType::COUNT || part[1] > 1 << 20)
      fail("bad_argument", "invalid parts of files");
    parts.push_back({(PartKind)part[0], (size_t)part[1], (size_t)part[2], (size_t)part[3], (size_t)part[4], (size_t)part[5],
                     (WeightType)part[6]});
  }
  return wrap(env, std::make_shared<FileLoad>(std::move(weights), std::move(parts), (size_t)sampleBytes), FILE_LOAD);
}

void set(napi_env env, napi_value object, const char* name, napi_value value) {
  check(napi_set_named_property(env, object, name, value), "could not set a property");
}

/** Copies of the files of descriptors, which remain open when the descriptors are closed. */
struct OpenFiles {
  std::vector<FileHandle> handles;
  OpenFiles() = default;
  OpenFiles(const OpenFiles&) = delete;
  ~OpenFiles() {
    for (FileHandle handle : handles) closeFile(handle);
  }
};

napi_value createLoadResult(napi_env env, const FileLoad& load, const std::optional<ReadFailure>& failure) {
  napi_value object;
  napi_create_object(env, &object);
  const std::vector<uint8_t>& samples = load.samples();
  set(env, object, "samples", createArray(env, napi_uint8_array, samples.data(), samples.size()));
  if (failure) {
    set(env, object, "failedPart", createNumber(env, (double)failure->part));
    set(env, object, "errno", createNumber(env, failure->error));
  }
  return object;
}

// runFileLoad(load, descriptors, threads): returns a promise of the samples and of the part that could not be read
napi_value runFileLoad(napi_env env, Arguments& arguments) {
  SharedFileLoad load = arguments.unwrap<SharedFileLoad>(0, FILE_LOAD);
  const int32_t threads = arguments.integer(2);
  size_t count;
  const int32_t* descriptors = arguments.array<int32_t>(1, napi_int32_array, count);
  if (count < load->files() || threads < 1 || threads > 1024) fail("bad_argument", "invalid descriptors or threads");
  auto files = std::make_shared<OpenFiles>();
  for (size_t i = 0; i < count; i++) {
    const std::optional<FileHandle> copy = duplicateFile(descriptors[i]);
    if (!copy) fail("file_unreadable", std::string("a descriptor cannot be copied: ") + strerror(errno));
    files->handles.push_back(*copy);
  }
  const auto onNewThread = [](std::function<void()> job) { std::thread(std::move(job)).detach(); };
  return createPromise(env, onNewThread, nullptr, [load, files = std::move(files), threads]() mutable {
    const std::optional<ReadFailure> failure = load->run(files->handles, threads);
    files.reset();
    return std::function([load, failure](napi_env callbackEnv) { return createLoadResult(callbackEnv, *load, failure); });
  });
}

// loadedBytes(load): the number of bytes of weights that are loaded
napi_value loadedBytes(napi_env env, Arguments& arguments) {
  return createNumber(env, (double)arguments.unwrap<SharedFileLoad>(0, FILE_LOAD)->loadedBytes());
}

// cancelFileLoad(load)
napi_value cancelFileLoad(napi_env env, Arguments& arguments) {
  arguments.unwrap<SharedFileLoad>(0, FILE_LOAD)->cancel();
  return createUndefined(env);
}

// createExecutable(weights, tapeWords, [blockSize, contextLength, threads, kvType, number of blocks per layer group])
napi_value createExecutable(napi_env env, Arguments& arguments) {
  SharedWeights weights = arguments.unwrap<SharedWeights>(0, WEIGHTS);
  size_t words, count;
  const int32_t* tapeWords = arguments.array<int32_t>(1, napi_int32_array, words);
  const int32_t* values = arguments.array<int32_t>(2, napi_int32_array, count);
  ExecutableValues read(values, count);
  Tape tape = readTape(tapeWords, words, *weights);
  ThreadPool& pool = ThreadPool::withThreads(read.threads);
  return wrap(env, std::make_shared<Executable>(std::move(weights), std::move(tape), read.options, pool), EXECUTABLE);
}

// setAdapter(executable, slot, weights, words): see Executable::setAdapter
napi_value setAdapter(napi_env env, Arguments& arguments) {
  SharedExecutable executable = arguments.unwrap<SharedExecutable>(0, EXECUTABLE);
  SharedWeights weights = arguments.unwrap<SharedWeights>(2, WEIGHTS);
  size_t count;
  const int32_t* words = arguments.array<int32_t>(3, napi_int32_array, count);
  executable->setAdapter(arguments.integer(1), std::move(weights), words, count);
  return createUndefined(env);
}

// removeAdapter(executable, slot)
napi_value removeAdapter(napi_env env, Arguments& arguments) {
  arguments.unwrap<SharedExecutable>(0, EXECUTABLE)->removeAdapter(arguments.integer(1));
  return createUndefined(env);
}

napi_value createStepResult(napi_env env, const StepResult& result) {
  napi_value object;
  napi_create_object(env, &object);
  set(env, object, "tokens", createArray(env, napi_int32_array, result.tokens.data(), result.tokens.size()));
  set(env, object, "outcomes", createArray(env, napi_int32_array, result.outcomes.data(), result.outcomes.size()));
  set(env, object, "stepMs", createNumber(env, result.milliseconds));
  if (!result.logprobs.empty()) {
    set(env, object, "logprobs", createArray(env, napi_float64_array, result.logprobs.data(), result.logprobs.size()));
    set(env, object, "likeliest", createArray(env, napi_int32_array, result.topTokens.data(), result.topTokens.size()));
  }
  if (!result.logits.empty())
    set(env, object, "logits", createArray(env, napi_float32_array, result.logits.data(), result.logits.size()));
  if (!result.vectors.empty())
    set(env, object, "vectors", createArray(env, napi_float32_array, result.vectors.data(), result.vectors.size()));
  return object;
}

// step(executable, words, numbers): returns a promise of the results of the step
napi_value step(napi_env env, Arguments& arguments) {
  SharedExecutable executable = arguments.unwrap<SharedExecutable>(0, EXECUTABLE);
  size_t words, numbers;
  const int32_t* wordData = arguments.array<int32_t>(1, napi_int32_array, words);
  const double* numberData = arguments.array<double>(2, napi_float64_array, numbers);
  auto plan = std::make_shared<Plan>(executable->readPlan(wordData, words, numberData, numbers));
  return createPromise(env, on(*executable), nullptr, [executable, plan] {
    auto result = std::make_shared<StepResult>(executable->step(*plan));
    return std::function([result](napi_env callbackEnv) { return createStepResult(callbackEnv, *result); });
  });
}

// profile(executable, isEnabled): starts or stops measuring; returns a promise of the nanoseconds measured since the last
// call, as [threads][operations of the tape, preparing, waiting]
napi_value profile(napi_env env, Arguments& arguments) {
  SharedExecutable executable = arguments.unwrap<SharedExecutable>(0, EXECUTABLE);
  const bool isEnabled = arguments.integer(1) != 0;
  return createPromise(env, on(*executable), nullptr, [executable, isEnabled] {
    Profile& measured = executable->profile();
    measured.setEnabled(isEnabled);
    auto times = std::make_shared<std::vector<double>>(measured.takeNanoseconds());
    return std::function([times](napi_env callbackEnv) {
      return createArray(callbackEnv, napi_float64_array, times->data(), times->size());
    });
  });
}

// readBlock(executable, group, block): returns a promise of the bytes of the block
napi_value readBlock(napi_env env, Arguments& arguments) {
  SharedExecutable executable = arguments.unwrap<SharedExecutable>(0, EXECUTABLE);
  const int group = arguments.integer(1);
  const uint8_t* block = executable->block(group, arguments.integer(2));
  if (block == nullptr) fail("bad_argument", "the block does not exist");
  return createPromise(env, on(*executable), nullptr, [executable, block, group] {
    auto bytes = std::make_shared<std::vector<uint8_t>>(block, block + executable->blockBytes(group));
    return std::function([bytes](napi_env callbackEnv) {
      return createArray(callbackEnv, napi_uint8_array, bytes->data(), bytes->size());
    });
  });
}

// writeBlock(executable, group, block, bytes): returns a promise
napi_value writeBlock(napi_env env, Arguments& arguments) {
  SharedExecutable executable = arguments.unwrap<SharedExecutable>(0, EXECUTABLE);
  const int group = arguments.integer(1);
  uint8_t* block = executable->block(group, arguments.integer(2));
  size_t length;
  const uint8_t* bytes = arguments.array<uint8_t>(3, napi_uint8_array, length);
  if (block == nullptr) fail("bad_argument", "the block does not exist");
  if (length != executable->blockBytes(group)) fail("bad_argument", "wrong number of bytes for a block");
  return createPromise(env, on(*executable), arguments.at(3), [executable, block, bytes, length] {
    memcpy(block, bytes, length);
    return std::function(createUndefined);
  });
}

// measureLimits(instructionSet, threads): returns a promise of the bytes, int8, int16, f32 and bf16 operations per second
napi_value measureLimitsAsync(napi_env env, Arguments& arguments) {
  const std::string name = arguments.text(0);
  ThreadPool& pool = ThreadPool::withThreads(arguments.integer(1));
  for (const Kernels* kernels : supportedKernels()) {
    if (name != kernels->name) continue;
    return createPromise(env, on(pool), nullptr, [kernels, &pool] {
      const Limits measured = measureLimits(*kernels, pool);
      return std::function([measured](napi_env callbackEnv) {
        const double numbers[] = {measured.bandwidth, measured.int8, measured.int16, measured.f32, measured.bf16};
        return createArray(callbackEnv, napi_float64_array, numbers, 5);
      });
    });
  }
  fail("bad_option", "the processor does not support the instruction set " + name);
}

// disposeWeights(weights), disposeExecutable(executable), disposeFileLoad(load): the memory is freed when no job uses the object
template <class T, const napi_type_tag& TAG> napi_value dispose(napi_env env, Arguments& arguments) {
  arguments.unwrap<T>(0, TAG).reset();
  return createUndefined(env);
}

// Calls FUNCTION and converts C++ exceptions to JavaScript exceptions.
template <napi_value (*FUNCTION)(napi_env, Arguments&)> napi_value callFunction(napi_env env, napi_callback_info info) {
  try {
    Arguments arguments(env, info);
    return FUNCTION(env, arguments);
  } catch (const Failure& failure) {
    napi_throw(env, createError(env, failure));
  } catch (const std::bad_alloc&) {
    napi_throw(env, createError(env, {"out_of_memory", "not enough memory"}));
  } catch (const std::exception& error) {
    napi_throw(env, createError(env, {"backend_failed", error.what()}));
  }
  return nullptr;
}

template <napi_value (*FUNCTION)(napi_env, Arguments&)>
void exportFunction(napi_env env, napi_value exports, const char* name) {
  napi_value function;
  napi_create_function(env, name, NAPI_AUTO_LENGTH, callFunction<FUNCTION>, nullptr, &function);
  napi_set_named_property(env, exports, name, function);
}

}  // namespace

napi_value start(napi_env env, napi_value exports) {
  // Node closes the library when the last environment that uses it ends, for example that of a worker, but threads of the
  // pool and of file loads may still run.
  keepLibraryLoaded();
  createInstance(env);
  exportFunction<instructionSets>(env, exports, "instructionSets");
  exportFunction<createWeights>(env, exports, "createWeights");
  exportFunction<addMatrix>(env, exports, "addMatrix");
  exportFunction<addVector>(env, exports, "addVector");
  exportFunction<pack>(env, exports, "pack");
  exportFunction<reserveVector>(env, exports, "reserveVector");
  exportFunction<createFileLoad>(env, exports, "createFileLoad");
  exportFunction<runFileLoad>(env, exports, "runFileLoad");
  exportFunction<loadedBytes>(env, exports, "loadedBytes");
  exportFunction<cancelFileLoad>(env, exports, "cancelFileLoad");
  exportFunction<createExecutable>(env, exports, "createExecutable");
  exportFunction<setAdapter>(env, exports, "setAdapter");
  exportFunction<removeAdapter>(env, exports, "removeAdapter");
  exportFunction<step>(env, exports, "step");
  exportFunction<profile>(env, exports, "profile");
  exportFunction<readBlock>(env, exports, "readBlock");
  exportFunction<writeBlock>(env, exports, "writeBlock");
  exportFunction<measureLimitsAsync>(env, exports, "measureLimits");
  exportFunction<dispose<SharedWeights, WEIGHTS>>(env, exports, "disposeWeights");
  exportFunction<dispose<SharedExecutable, EXECUTABLE>>(env, exports, "disposeExecutable");
  exportFunction<dispose<SharedFileLoad, FILE_LOAD>>(env, exports, "disposeFileLoad");
  return exports;
}

}  // namespace quire

NAPI_MODULE_INIT() { return quire::start(env, exports); }
