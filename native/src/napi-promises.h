// Promises of Node-API that other threads settle.
#pragma once
#include <node_api.h>

#include <functional>
#include <memory>
#include <mutex>
#include <optional>

#include "napi-values.h"

namespace quire {

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

inline Instance& instanceOf(napi_env env) {
  void* data = nullptr;
  napi_get_instance_data(env, &data);
  return *(Instance*)data;
}

inline void settle(napi_env env, napi_value, void*, void* data) {
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

/** Computes a result in another thread. Returns the function that converts the result to a JavaScript value. */
using Work = std::function<std::function<napi_value(napi_env)>()>;

/**
 * Passes `work` to `submit`, which runs it in another thread. Returns a promise of the result. `pinned` is not garbage-collected in the
 * meantime.
 */
template <class Submit> napi_value createPromise(napi_env env, Submit submit, napi_value pinned, Work work) {
  Instance& instance = instanceOf(env);
  auto completion = std::make_unique<Completion>();
  napi_value promise;
  check(napi_create_promise(env, &completion->deferred, &promise), "could not create a promise");
  if (pinned != nullptr)
    check(napi_create_reference(env, pinned, 1, &completion->pinned), "could not create a reference");
  if (instance.pendingPromises++ == 0) napi_ref_threadsafe_function(env, instance.settleQueue->settle);
  Completion* pending = completion.release();
  auto job = [pending, settleQueue = instance.settleQueue, work = std::move(work)] {
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
  };
  try {
    submit(std::move(job));
  } catch (const std::exception& error) {  // the system limits the number of threads
    pending->failure = Failure{"backend_failed", error.what()};
    settle(env, nullptr, nullptr, pending);
  }
  return promise;
}

/** Creates the state of a Node environment. */
inline void createInstance(napi_env env) {
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
}

}  // namespace quire
