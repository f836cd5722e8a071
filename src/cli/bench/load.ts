// Loads the engine whose speed is measured. Its KV memory and its limits are large enough that all requests of a run are
// computed together.

import { assert } from '../../base/assert.ts';
import { QuireError } from '../../base/errors.ts';
import { formatBytes } from '../../base/format-bytes.ts';
import { kvBlockBytes } from '../../base/model/kv-layout.ts';
import { omitUndefined } from '../../base/omit-undefined.ts';
import { sum } from '../../base/sum.ts';
import { createEngine, type Engine, type EngineOptions } from '../../engine/engine.ts';
import { DEFAULT_MAX_RUNNING } from '../../engine/engine-parts.ts';
import { type KvSize, type KvSizeOptions, kvSize } from '../../engine/kv-size.ts';
import type { LoadedModel } from '../../engine/load-model.ts';
import { availableMemory } from '../../engine/node/available-memory.ts';
import { withBaseModel } from '../../engine/node/base-model.ts';
import { loadModel } from '../../engine/node/load-model.ts';
import { checkStepTokens, DEFAULT_STEP_TOKENS } from '../../engine/step-tokens.ts';
import type { Backend } from '../../kernels/backend.ts';
import { engineOptions, type ModelFlags } from '../model-options.ts';
import { reportBase } from '../model-path.ts';
import { progressBar } from '../progress-bar.ts';
import { writeDiagnostic } from '../terminal.ts';
import { blocksForRuns, largestConcurrency, longestSequence, type RunSizes } from './run-sizes.ts';

const LOWER_HINT = 'lower --concurrency, --prompt-tokens or --generate-tokens';

/**
 * Loads an engine on `backend`. Rejects with the errors of `loadModel`, or with `bad_option`,
 * `kv_memory_too_small` or `out_of_memory` if the requests of a run cannot be computed together.
 */
export async function loadBenchEngine(
  flags: ModelFlags,
  backend: Backend,
  runs: readonly RunSizes[],
): Promise<Engine> {
  const freeBytes = availableMemory();
  const bar = progressBar('loading');
  try {
    const onBase = (base: string): void => reportBase(flags.model, base);
    const requested = await withBaseModel(engineOptions(flags), { onBase, onProgress: bar.show });
    const { model: reference, offline, backend: _name, threads: _threads, ...given } = requested;
    const model = await loadModel({
      ...omitUndefined({ model: reference, offline }),
      ...{ backend, onProgress: bar.show },
    });
    try {
      const options = sufficientOptions(model, given, runs, freeBytes);
      return await createEngine(model, options, { freeBytes, ownsModel: true });
    } catch (error) {
      model.dispose();
      throw error;
    }
  } finally {
    bar.clear();
  }
}

function sufficientOptions(
  model: LoadedModel,
  given: EngineOptions,
  runs: readonly RunSizes[],
  freeBytes: number,
): EngineOptions {
  const concurrency = largestConcurrency(runs);
  const { contextLength, maxContextLength = contextLength } = model.config;
  checkContext(given.context ?? maxContextLength, runs, given.context === undefined);
  // A step has at most one token for each token of the context, and at least one for each request.
  const options: EngineOptions = {
    kvDtype: model.backend.kvDtype,
    context: Math.max(longestSequence(runs), Math.min(concurrency, maxContextLength)),
    stepTokens: Math.max(DEFAULT_STEP_TOKENS, concurrency),
    maxRunning: Math.max(DEFAULT_MAX_RUNNING, concurrency),
    onWarning: ({ fullLine }) => writeDiagnostic(fullLine),
    ...given,
  };
  const size = kvSize(model.config, model.program, options, freeBytes);
  if (size.contextLength < concurrency)
    throw new QuireError(
      'bad_option',
      `${concurrency} requests cannot be computed in one step of at most ${size.contextLength} tokens, the context`,
      given.context === undefined
        ? 'lower --concurrency: the model allows no longer context'
        : `raise --context to at least ${concurrency}, or lower --concurrency`,
    );
  return { ...options, kvMemory: sufficientKvMemory(model, { options, runs, size }) };
}

// Answers that do not fit in the context would be shorter than the result states.
function checkContext(contextLength: number, runs: readonly RunSizes[], isOfModel: boolean): void {
  const longest = longestSequence(runs);
  if (longest <= contextLength) return;
  const lower = 'lower --prompt-tokens or --generate-tokens';
  throw new QuireError(
    'bad_option',
    `prompt and answer of a run have ${longest} tokens, and the context has ${contextLength}`,
    isOfModel
      ? `${lower}: the model allows no longer context`
      : `raise --context to at least ${longest}, or ${lower}`,
  );
}

/** Returns bytes of KV memory that suffice for `runs`. */
function sufficientKvMemory(
  { config, program }: LoadedModel,
  { options, runs, size }: { options: KvSizeOptions; runs: readonly RunSizes[]; size: KvSize },
): number {
  const { layout, contextLength } = size;
  const stepTokens = checkStepTokens(options, contextLength);
  const needed = blocksForRuns(runs, layout, {
    ...{ contextLength, stepTokens },
    cache: options.cache ?? 'paged',
  });
  // KV memory is divided among the layer groups in fixed proportions, in whole blocks.
  const missing = (kvMemory: number): number => {
    const { blocks } = kvSize(config, program, { ...options, kvMemory }, kvMemory);
    return Math.max(...needed.map((count, i) => count / blocks[i]!));
  };
  const blockOfEachGroup = sum(layout.groups.map((group) => kvBlockBytes(layout, group)));
  let { bytes } = size;
  for (let attempt = 0, factor = missing(bytes); factor > 1; attempt++, factor = missing(bytes)) {
    assert(attempt < 16, 'KV memory is not divided in proportion to its size');
    bytes = Math.ceil(bytes * factor) + blockOfEachGroup;
  }
  if (bytes > size.bytes) checkKvMemory(bytes, options);
  return options.kvMemory ?? bytes;
}

function checkKvMemory(bytes: number, { kvMemory }: KvSizeOptions): void {
  const message = `the requests of one run need ${formatBytes(bytes)} of KV memory`;
  if (kvMemory !== undefined)
    throw new QuireError(
      'kv_memory_too_small',
      `${message}, and kvMemory is ${formatBytes(kvMemory)}`,
      `raise --kv-memory to ${bytes}, or ${LOWER_HINT}`,
    );
  const free = availableMemory();
  if (bytes > free)
    throw new QuireError(
      'out_of_memory',
      `${message}, and ${formatBytes(free)} are free`,
      `${LOWER_HINT}, or use --kv-dtype int8`,
    );
}
