// Loads weights that are in files: threads of the addon read and pack them, so that the event loop is free meanwhile.

import { getSystemErrorName } from 'node:util';
import { endsEarlyError, unreadableError, withTensorName } from '../../../base/file-errors.ts';
import { DTYPE_NAMES } from '../../../base/model/dtypes.ts';
import type { FileRange } from '../../../base/model/model-file.ts';
import type { Weight } from '../../../program/program.ts';
import { tensorsOf, type WeightFiles, type WeightSource } from '../../backend.ts';
import type { WeightHandle } from '../../compiled/tape-words.ts';
import { type LoadOptions, weightKey } from '../../compiled/weight-loader.ts';
import type { Addon, FileLoadResult, NativeFileLoad, NativeWeights } from './addon.ts';
import { FileParts } from './file-parts.ts';

const PROGRESS_INTERVAL_MS = 100;

interface FileLoadOptions extends LoadOptions {
  readonly threads: number;
}

/** Returns the files of the source if they contain all tensors of `weights`. */
export function filesOf(weights: readonly Weight[], { files }: WeightSource): WeightFiles | undefined {
  return weights.every(({ tensor }) => files?.rangeOf(tensor) !== undefined) ? files : undefined;
}

/**
 * Loads all weights. Returns their handles by `weightKey`. Rejects with `file_unreadable`, which names the tensor, with the errors of
 * the addon, or with the reason of the signal; then no thread uses the weights any more.
 * @param source `files` returns a range for each tensor
 */
export async function loadFromFiles(
  addon: Addon,
  native: NativeWeights,
  weights: readonly Weight[],
  source: WeightSource & { readonly files: WeightFiles },
  options: FileLoadOptions,
): Promise<ReadonlyMap<string, WeightHandle>> {
  options.signal?.throwIfAborted();
  const { names, totalBytes } = tensorsOf(weights, source);
  const { files } = source;
  const parts = new FileParts();
  const handles = new Map<string, WeightHandle>();
  const sampleBytes = names.map((name) => {
    const range = files.rangeOf(name)!;
    for (const slice of weights.filter(({ tensor }) => tensor === name)) {
      const key = weightKey(slice);
      if (!handles.has(key)) handles.set(key, addSlice(addon, native, parts, slice, range));
    }
    const samplesStart = parts.sampleBytes;
    parts.addSamples(name, range, files.samplesOf(name));
    return [samplesStart, parts.sampleBytes] as const;
  });
  const load = addon.createFileLoad(native, parts.numbers(), parts.sampleBytes);
  const result = await run(addon, load, parts, totalBytes, options);
  names.forEach((name, i) => {
    files.addSamples(name, result.samples.subarray(...sampleBytes[i]!));
  });
  return handles;
}

function addSlice(
  addon: Addon,
  native: NativeWeights,
  parts: FileParts,
  slice: Weight,
  range: FileRange,
): WeightHandle {
  const { kind, rows, columns, dtype } = slice;
  if (kind === 'vector') {
    const index = addon.reserveVector(native, rows);
    parts.addVector(slice, range, index);
    return { kind: 'vector', index };
  }
  const index = addon.addMatrix(native, DTYPE_NAMES.indexOf(dtype), rows, columns);
  parts.addMatrix(slice, range, index);
  return { kind: 'matrix', index };
}

async function run(
  addon: Addon,
  load: NativeFileLoad,
  parts: FileParts,
  totalBytes: number,
  { threads, onProgress, signal }: FileLoadOptions,
): Promise<FileLoadResult> {
  const cancel = (): void => addon.cancelFileLoad(load);
  signal?.addEventListener('abort', cancel, { once: true });
  const progress = (): void => onProgress?.(Math.min(addon.loadedBytes(load), totalBytes), totalBytes);
  const timer = setInterval(progress, PROGRESS_INTERVAL_MS);
  try {
    const result = await addon.runFileLoad(load, parts.descriptors(), threads);
    signal?.throwIfAborted();
    if (result.failedPart !== undefined) throw readError(parts, result.failedPart, result.errno ?? 0);
    onProgress?.(totalBytes, totalBytes);
    return result;
  } finally {
    clearInterval(timer);
    addon.disposeFileLoad(load);
    signal?.removeEventListener('abort', cancel);
  }
}

function readError(parts: FileParts, part: number, errno: number): unknown {
  const { tensor, file, end } = parts.sourceOf(part);
  const error = errno === 0 ? endsEarlyError(file, end) : unreadableError(file, getSystemErrorName(-errno));
  return withTensorName(tensor, error);
}
