// The Node-API interface to weights and executables. Functions that compute for a long time run on the thread pool and
// return a promise. A job has references to the objects that it uses, so that they are not freed while the job runs.
// Errors have the codes of QuireError.

#include <node_api.h>

#include <cstring>
#include <memory>
#include <optional>

#include "executable.h"
#include "isa.h"
#include "limits.h"
#include "napi-values.h"

namespace quire {

namespace {

using SharedExecutable = std::shared_ptr<Executable>;
using SharedWeights = std::shared_ptr<Weights>;

/** A promise that is not settled yet. `createResult` creates the JavaScript value in the thread of the application. */
struct Completion {
  napi_deferred deferred;
  napi_ref pinned = nullptr;  // an array that must not be garbage-collected while the job reads it
  std::function<napi_value(napi_env)> createResult;
  std::optional<Failure> failure;
};

/** Settles promises of a Node environment from other threads, until the environment ends. */
struct SettleQueue {
  std::mutex mutex;
  bool isClosed = false;
  napi_threadsafe_function settle = nullptr;
};

/** The state of one Node environment. */
struct Instance {
  std::shared_ptr<SettleQueue> settleQueue = std::make_shared<SettleQueue>();
  int pendingPromises = 0;
};

Instance& instanceOf(napi_env env) {
  void* data = nullptr;
  napi_get_instance_data(env, &data);
  return *(Instance*)data;
}

void settle(napi_env env, napi_value, void*, void* data) {
  std::unique_ptr<Completion> completion((Completion*)data);
  if (env == nullptr) return;  // the environment is shutting down
  Instance& instance = instanceOf(env);
  if (--instance.pendingPromises == 0) napi_unref_threadsafe_function(env, instance.settleQueue->settle);
  if (completion->pinned != nullptr) napi_delete_reference(env, completion->pinned);
  if (completion->failure) napi_reject_deferred(env, completion->deferred, createError(env, *completion->failure));
  else try {
    napi_resolve_deferred(env, completion->deferred, completion->createResult(env));
  } catch (const Failure& failure) {
    napi_reject_deferred(env, completion->deferred, createError(env, failure));
  }
}

/** Runs `work` on the pool. Returns a promise of the result. `pinned` is not garbage-collected in the meantime. */
napi_value createPromise(napi_env env, Pool& pool, napi_value pinned,
                     std::function<std::function<napi_value(napi_env)>()> work) {
  Instance& instance = instanceOf(env);
  auto completion = std::make_unique<Completion>();
  napi_value promise;
  check(napi_create_promise(env, &completion->deferred, &promise), "could not create a promise");
  if (pinned != nullptr)
    check(napi_create_reference(env, pinned, 1, &completion->pinned), "could not create a reference");
  if (instance.pendingPromises++ == 0) napi_ref_threadsafe_function(env, instance.settleQueue->settle);
  Completion* pending = completion.release();
  pool.submit([pending, settleQueue = instance.settleQueue, work = std::move(work)] {
    try {
      pending->createResult = work();
    } catch (const Failure& failure) {
      pending->failure = failure;
    } catch (const std::exception& error) {
      pending->failure = Failure{"backend_failed", error.what()};
    }
    std::lock_guard lock(settleQueue->mutex);
    const bool isQueued =
        !settleQueue->isClosed &&
        napi_call_threadsafe_function(settleQueue->settle, pending, napi_tsfn_nonblocking) == napi_ok;
    if (!isQueued) delete pending;  // the environment has ended
  });
  return promise;
}

constexpr napi_type_tag WEIGHTS{0x7175697265000001, 1};
constexpr napi_type_tag EXECUTABLE{0x7175697265000002, 1};

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
  throw Failure{"bad_option", "the processor does not support the instruction set " + name};
}

WeightType weightType(int32_t word) {
  if (word < 0 || word >= (int32_t)WeightType::COUNT) throw Failure{"bad_argument", "unknown weight type"};
  return (WeightType)word;
}

// addMatrix(weights, type, rows, columns): returns the index of the matrix
napi_value addMatrix(napi_env env, Arguments& arguments) {
  const WeightType type = weightType(arguments.integer(1));
  const int32_t rows = arguments.integer(2), columns = arguments.integer(3);
  if (rows < 1 || columns < 1 || columns % blockElements(type) != 0 || rows > 1 << 28 || columns > 1 << 28)
    throw Failure{"bad_argument", "invalid shape of a matrix"};
  return createNumber(env, arguments.unwrap<SharedWeights>(0, WEIGHTS)->addMatrix(type, rows, columns));
}

// addVector(weights, type, bytes, count): returns the index of the vector
napi_value addVector(napi_env env, Arguments& arguments) {
  const WeightType type = weightType(arguments.integer(1));
  size_t length;
  const uint8_t* bytes = arguments.array<uint8_t>(2, napi_uint8_array, length);
  const int32_t count = arguments.integer(3);
  const int block = blockElements(type);
  if (count < 1 || fileRowBytes(type, (count + block - 1) / block * block) > length)
    throw Failure{"bad_argument", "too few bytes for the vector"};
  return createNumber(env, arguments.unwrap<SharedWeights>(0, WEIGHTS)->addVector(type, bytes, (size_t)count));
}

// pack(weights, matrix, bytes, threads, row): packs rows of a matrix from `row` on; returns a promise
napi_value pack(napi_env env, Arguments& arguments) {
  SharedWeights weights = arguments.unwrap<SharedWeights>(0, WEIGHTS);
  const int32_t index = arguments.integer(1), threads = arguments.integer(3);
  size_t length;
  const uint8_t* bytes = arguments.array<uint8_t>(2, napi_uint8_array, length);
  if (index < 0 || (size_t)index >= weights->matrices.size()) throw Failure{"bad_argument", "unknown matrix"};
  // A copy, because `matrices` may be reallocated while the job runs.
  const Matrix matrix = weights->matrices[(size_t)index];
  const PackedShape& shape = matrix.shape;
  const int64_t rowBytes = (int64_t)fileRowBytes(shape.type, shape.columns), row = arguments.integer(4);
  const int64_t end = row + (int64_t)length / rowBytes;
  const bool isAligned = row % shape.lanes == 0 && (end % shape.lanes == 0 || end == shape.rows);
  if (!isAligned || (int64_t)length % rowBytes != 0 || row < 0 || end > shape.rows)
    throw Failure{"bad_argument", "the rows are not complete panels of the matrix"};
  Pool& pool = Pool::withThreads(threads);
  const int64_t first = row / shape.lanes, panels = (end + shape.lanes - 1) / shape.lanes - first;
  return createPromise(env, pool, arguments.at(2), [weights, matrix, bytes, &pool, threads, first, panels] {
    pool.runOnAllThreads([&](int thread) {
      const auto firstPanel = [&](int index) { return (int)(first + panels * index / threads); };
      packPanels(matrix, bytes, (int)first, firstPanel(thread), firstPanel(thread + 1));
    });
    return std::function(createUndefined);
  });
}

// createExecutable(weights, tapeWords, [blockSize, contextLength, threads, kvType, number of blocks per layer group])
napi_value createExecutable(napi_env env, Arguments& arguments) {
  SharedWeights weights = arguments.unwrap<SharedWeights>(0, WEIGHTS);
  size_t words, count;
  const int32_t* tapeWords = arguments.array<int32_t>(1, napi_int32_array, words);
  const int32_t* values = arguments.array<int32_t>(2, napi_int32_array, count);
  bool areInRange = count >= 5 && values[0] >= 1 && values[0] <= 1024 && values[1] >= 1 && values[1] <= 1 << 24 &&
                    values[2] >= 1 && values[2] <= 1024 && values[3] >= 0 && values[3] < (int32_t)KvType::COUNT;
  for (size_t i = 4; i < count; i++) areInRange = areInRange && values[i] >= 1;
  if (!areInRange) throw Failure{"bad_argument", "an option is missing or out of range"};
  const std::vector<int> blocks(values + 4, values + count);
  const ExecutableOptions options{values[0], values[1], values[2], (KvType)values[3], blocks};
  Tape tape = readTape(tapeWords, words, *weights);
  return wrap(env, std::make_shared<Executable>(std::move(weights), std::move(tape), options), EXECUTABLE);
}

void set(napi_env env, napi_value object, const char* name, napi_value value) {
  check(napi_set_named_property(env, object, name, value), "could not set a property");
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
  return object;
}

// step(executable, words, numbers): returns a promise of the results of the step
napi_value step(napi_env env, Arguments& arguments) {
  SharedExecutable executable = arguments.unwrap<SharedExecutable>(0, EXECUTABLE);
  size_t words, numbers;
  const int32_t* wordData = arguments.array<int32_t>(1, napi_int32_array, words);
  const double* numberData = arguments.array<double>(2, napi_float64_array, numbers);
  auto plan = std::make_shared<Plan>(executable->readPlan(wordData, words, numberData, numbers));
  return createPromise(env, executable->pool(), nullptr, [executable, plan] {
    auto result = std::make_shared<StepResult>(executable->step(*plan));
    return std::function([result](napi_env callbackEnv) { return createStepResult(callbackEnv, *result); });
  });
}

// profile(executable, isEnabled): starts or stops measuring; returns a promise of the nanoseconds measured since the last
// call, as [threads][operations of the tape, preparing, waiting]
napi_value profile(napi_env env, Arguments& arguments) {
  SharedExecutable executable = arguments.unwrap<SharedExecutable>(0, EXECUTABLE);
  const bool isEnabled = arguments.integer(1) != 0;
  return createPromise(env, executable->pool(), nullptr, [executable, isEnabled] {
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
  if (block == nullptr) throw Failure{"bad_argument", "the block does not exist"};
  return createPromise(env, executable->pool(), nullptr, [executable, block, group] {
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
  if (block == nullptr) throw Failure{"bad_argument", "the block does not exist"};
  if (length != executable->blockBytes(group)) throw Failure{"bad_argument", "wrong number of bytes for a block"};
  return createPromise(env, executable->pool(), arguments.at(3), [executable, block, bytes, length] {
    memcpy(block, bytes, length);
    return std::function(createUndefined);
  });
}

// measureLimits(instructionSet, threads): returns a promise of the bytes, int8, f32 and bf16 operations per second
napi_value measureLimitsAsync(napi_env env, Arguments& arguments) {
  const std::string name = arguments.text(0);
  Pool& pool = Pool::withThreads(arguments.integer(1));
  for (const Kernels* kernels : supportedKernels()) {
    if (name != kernels->name) continue;
    return createPromise(env, pool, nullptr, [kernels, &pool] {
      const Limits measured = measureLimits(*kernels, pool);
      return std::function([measured](napi_env callbackEnv) {
        const double numbers[] = {measured.bandwidth, measured.int8, measured.f32, measured.bf16};
        return createArray(callbackEnv, napi_float64_array, numbers, 4);
      });
    });
  }
  throw Failure{"bad_option", "the processor does not support the instruction set " + name};
}

// disposeWeights(weights), disposeExecutable(executable): the memory is freed when no job uses the object
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
  auto* instance = new Instance;
  napi_value name;
  napi_create_string_utf8(env, "quire", NAPI_AUTO_LENGTH, &name);
  SettleQueue& settleQueue = *instance->settleQueue;
  napi_create_threadsafe_function(env, nullptr, nullptr, name, 0, 1, nullptr, nullptr, nullptr, settle,
                                  &settleQueue.settle);
  napi_unref_threadsafe_function(env, settleQueue.settle);
  // Hooks run in reverse order, so this hook runs before the thread-safe function is destroyed. Jobs may use the queue
  // after the environment has ended.
  napi_add_env_cleanup_hook(env, [](void* data) {
    std::unique_ptr<std::shared_ptr<SettleQueue>> queue((std::shared_ptr<SettleQueue>*)data);
    std::lock_guard lock((*queue)->mutex);
    (*queue)->isClosed = true;
  }, new std::shared_ptr<SettleQueue>(instance->settleQueue));
  napi_set_instance_data(env, instance, [](napi_env, void* data, void*) { delete (Instance*)data; }, nullptr);
  exportFunction<instructionSets>(env, exports, "instructionSets");
  exportFunction<createWeights>(env, exports, "createWeights");
  exportFunction<addMatrix>(env, exports, "addMatrix");
  exportFunction<addVector>(env, exports, "addVector");
  exportFunction<pack>(env, exports, "pack");
  exportFunction<createExecutable>(env, exports, "createExecutable");
  exportFunction<step>(env, exports, "step");
  exportFunction<profile>(env, exports, "profile");
  exportFunction<readBlock>(env, exports, "readBlock");
  exportFunction<writeBlock>(env, exports, "writeBlock");
  exportFunction<measureLimitsAsync>(env, exports, "measureLimits");
  exportFunction<dispose<SharedWeights, WEIGHTS>>(env, exports, "disposeWeights");
  exportFunction<dispose<SharedExecutable, EXECUTABLE>>(env, exports, "disposeExecutable");
  return exports;
}

}  // namespace quire

NAPI_MODULE_INIT() { return quire::start(env, exports); }
