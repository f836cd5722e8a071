// Computes the size of an engine's KV memory and the context that fits in it. If a requested context does not fit, the error states
// both numbers. The `info` of the engine reports sizes that were chosen by default.

import { QuireError } from '../base/errors.ts';
import {
  KV_DTYPES,
  type KvDtype,
  type KvGroup,
  type KvLayout,
  kvBlockBytes,
  kvTokenBytes,
} from '../base/model/kv-layout.ts';
import type { ModelConfig } from '../base/model/model-file.ts';
import { checkChoice, checkInteger } from '../base/option-names.ts';
import type { KvGroupUsage, KvMemoryUsage } from '../completion/model-info.ts';
import type { CachePolicy } from '../kv/cache-policy.ts';
import type { KvUsage } from '../kv/kv-cache.ts';
import { maxBlocksOwned } from '../kv/window.ts';
import type { Program } from '../program/program.ts';
import { KV_MEMORY_SHARE } from './memory-fit.ts';
import { checkStepTokens, type StepTokensOption } from './step-tokens.ts';

export interface KvSizeOptions extends StepTokensOption {
  /** cache policy, `paged` by default; the other policies reserve whole contexts in every layer */
  readonly cache?: CachePolicy;
  /** maximum number of tokens of prompt and answer together; by default the model's context, or less if it does not fit */
  readonly context?: number;
  /** bytes of KV memory; by default enough for 16 whole contexts, but at most a quarter of the free memory */
  readonly kvMemory?: number;
  /** data type of stored keys and values; `f16` by default, `f32` on the reference backend */
  readonly kvDtype?: KvDtype;
  /** number of tokens in a block, 16 by default */
  readonly blockSize?: number;
}

export interface KvSize {
  readonly layout: KvLayout;
  readonly contextLength: number;
  /** number of blocks of each layer group */
  readonly blocks: readonly number[];
  /** bytes of all blocks */
  readonly bytes: number;
}

/** Converts usage in tokens to bytes. @param usage usage of each layer group */
export function kvMemoryUsage(usage: readonly KvUsage[], layout: KvLayout): KvMemoryUsage {
  const groups = layout.groups.map((group, i) => groupUsage(usage[i]!, layout, group));
  const sum = (bytes: (group: KvGroupUsage) => number): number =>
    groups.reduce((total, group) => total + bytes(group), 0);
  return {
    totalBytes: sum(({ totalBytes }) => totalBytes),
    reservedBytes: sum(({ reservedBytes }) => reservedBytes),
    usedBytes: sum(({ usedBytes }) => usedBytes),
    wastedBytes: sum(({ wastedBytes }) => wastedBytes),
    cachedBytes: sum(({ cachedBytes }) => cachedBytes),
    groups,
  };
}

function groupUsage(usage: KvUsage, layout: KvLayout, group: KvGroup): KvGroupUsage {
  const perToken = kvTokenBytes(layout, group);
  const { totalTokens, reservedTokens, usedTokens, cachedTokens } = usage;
  return {
    layers: group.layers.length,
    ...(group.keeps === 'all' ? {} : { window: group.keeps.window }),
    totalBytes: totalTokens * perToken,
    reservedBytes: reservedTokens * perToken,
    usedBytes: usedTokens * perToken,
    wastedBytes: (reservedTokens - usedTokens) * perToken,
    cachedBytes: cachedTokens * perToken,
  };
}

const DEFAULT_BLOCK_SIZE = 16;
const DEFAULT_CONTEXTS = 16;
// The limit of the backends, which is far above the context of any model. Needed because a config may contain any number.
const MAX_CONTEXT = 2 ** 24;

/**
 * Returns layout, context and numbers of blocks. Throws `kv_memory_too_small` or `bad_option`.
 * @param freeBytes free memory of the machine or container
 */
export function kvSize(
  config: ModelConfig,
  program: Program,
  options: KvSizeOptions,
  freeBytes: number,
): KvSize {
  const blockSize = checkInteger('blockSize', options.blockSize ?? DEFAULT_BLOCK_SIZE, 1, 1024);
  const dtype = options.kvDtype ?? 'f32';
  checkChoice('kvDtype', dtype, KV_DTYPES);
  const cache = options.cache ?? 'paged';
  const layout: KvLayout = { groups: program.kvGroups, dtype, blockSize };
  const budget = checkInteger(
    'kvMemory',
    options.kvMemory ?? Math.floor(freeBytes * KV_MEMORY_SHARE),
    0,
    Number.MAX_SAFE_INTEGER,
  );
  const poolsFor = (length: number): Pool[] => requiredPools(layout, length, options, cache);
  const maxContext = Math.min(config.maxContextLength ?? config.contextLength, MAX_CONTEXT);
  const fits = (length: number): boolean => bytesOf(poolsFor(length)) <= budget;
  const contextLength = chooseContext(config, options, maxContext, fits);
  const minimum = poolsFor(contextLength);
  if (bytesOf(minimum) > budget) {
    throw new QuireError(
      'kv_memory_too_small',
      `${budget} bytes of KV memory suffice for ${longestFittingContext(fits, maxContext, blockSize)} tokens, but the context is ${contextLength}`,
      `raise kvMemory to at least ${bytesOf(minimum)} bytes, or lower context`,
    );
  }
  const typical = poolsFor(Math.max(1, Math.ceil(contextLength / 2)));
  const maxBlocks =
    options.kvMemory === undefined
      ? DEFAULT_CONTEXTS * Math.ceil(contextLength / blockSize)
      : Number.POSITIVE_INFINITY;
  const blocks = divide(budget, minimum, typical).map((count) => Math.min(count, maxBlocks));
  const bytes = blocks.reduce((sum, count, i) => sum + count * minimum[i]!.blockBytes, 0);
  return { layout, contextLength, blocks, bytes };
}

// The number of blocks that a layer group needs for one sequence, and the size of a block.
interface Pool {
  readonly blocks: number;
  readonly blockBytes: number;
}

const bytesOf = (pools: readonly Pool[]): number =>
  pools.reduce((sum, { blocks, blockBytes }) => sum + blocks * blockBytes, 0);

function requiredPools(
  layout: KvLayout,
  length: number,
  options: StepTokensOption,
  cache: CachePolicy,
): Pool[] {
  const stepTokens = checkStepTokens(options, length);
  return layout.groups.map((group) => ({
    blocks: maxBlocksOwned(cache === 'paged' ? group.keeps : 'all', length, stepTokens, layout.blockSize),
    blockBytes: kvBlockBytes(layout, group),
  }));
}

// Returns the number of blocks of each layer group. Each group gets at least the blocks of one whole context. The rest of `budget`
// is divided in proportion to the needs of sequences of typical length. Therefore a group with a window gets more blocks than the
// window needs, which is useful because earlier positions can be cached.
function divide(budget: number, minimum: readonly Pool[], typical: readonly Pool[]): number[] {
  const weights = typical.every(({ blocks }) => blocks === typical[0]!.blocks)
    ? typical.map((pool) => ({ ...pool, blocks: 1 }))
    : typical;
  const counts = weights.map(({ blocks }) => Math.floor((budget / bytesOf(weights)) * blocks));
  const tooSmall = counts.map((count, i) => count < minimum[i]!.blocks);
  if (!tooSmall.includes(true)) return counts;
  const isFixed = (i: number): boolean => tooSmall[i] === true;
  const fixedBytes = bytesOf(minimum.filter((_, i) => isFixed(i)));
  const otherBlocks = divideAmongOthers(budget - fixedBytes, minimum, typical, isFixed);
  return counts.map((_, i) => (isFixed(i) ? minimum[i]!.blocks : otherBlocks.shift()!));
}

// Divides the budget among the groups whose number of blocks is not fixed.
function divideAmongOthers(
  budget: number,
  minimum: readonly Pool[],
  typical: readonly Pool[],
  isFixed: (index: number) => boolean,
): number[] {
  const otherPools = (pools: readonly Pool[]): Pool[] => pools.filter((_, i) => !isFixed(i));
  return otherPools(minimum).length === 0 ? [] : divide(budget, otherPools(minimum), otherPools(typical));
}

function chooseContext(
  config: ModelConfig,
  options: KvSizeOptions,
  maxContext: number,
  fits: (length: number) => boolean,
): number {
  if (options.context !== undefined) return checkInteger('context', options.context, 2, maxContext);
  const modelContext = Math.min(config.contextLength, MAX_CONTEXT);
  if (options.kvMemory !== undefined || fits(modelContext)) return modelContext;
  return Math.max(2, longestFittingContext(fits, modelContext, options.blockSize ?? DEFAULT_BLOCK_SIZE));
}

// Returns the longest context that fits, in whole blocks and at most `maxContext`.
function longestFittingContext(
  fits: (length: number) => boolean,
  maxContext: number,
  blockSize: number,
): number {
  let fitting = 0; // in blocks
  let tooLong = Math.floor(maxContext / blockSize) + 1;
  while (tooLong - fitting > 1) {
    const middle = Math.floor((fitting + tooLong) / 2);
    if (fits(middle * blockSize)) fitting = middle;
    else tooLong = middle;
  }
  return fitting * blockSize;
}
