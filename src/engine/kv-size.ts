// Computes the size of an engine's KV memory and the context that fits in it. A context that does not fit is an error with
// both numbers; default sizes are reported in the engine's `info`.

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
import { checkChoice, integerOption } from '../base/option-names.ts';
import type { KvGroupUsage, KvMemoryUsage } from '../completion/model-info.ts';
import type { CachePolicy } from '../kv/cache-policy.ts';
import type { KvUsage } from '../kv/kv-cache.ts';
import { maxBlocksOwned } from '../kv/window.ts';
import type { Program } from '../program/program.ts';
import { type StepTokensOption, stepTokensOf } from './step-tokens.ts';

export interface KvSizeOptions extends StepTokensOption {
  /** `paged` by default; the other policies reserve whole contexts in every layer */
  readonly cache?: CachePolicy;
  /** most tokens of prompt and answer together; by default the model's, reduced to what fits in KV memory */
  readonly context?: number;
  /** bytes; by default enough for 16 whole contexts, at most a quarter of the free memory */
  readonly kvMemory?: number;
  /** data type of stored keys and values; `f16` by default, `f32` on the reference backend */
  readonly kvDtype?: KvDtype;
  /** tokens in a block, 16 by default */
  readonly blockSize?: number;
}

export interface KvSize {
  readonly layout: KvLayout;
  readonly contextLength: number;
  /** of each group of layers */
  readonly blocks: readonly number[];
  /** bytes of all blocks */
  readonly bytes: number;
}

/** @param usage of each group of layers */
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
const DEFAULT_SHARE = 1 / 4; // of free memory
const DEFAULT_CONTEXTS = 16;
// Upper limit of backends, far above any model's context: a config may contain any number.
const LONGEST_CONTEXT = 2 ** 24;

/** Returns layout, context and block counts. Throws `kv_memory_too_small` or `bad_option`. @param freeBytes free memory of machine or container */
export function kvSize(
  config: ModelConfig,
  program: Program,
  options: KvSizeOptions,
  freeBytes: number,
): KvSize {
  const blockSize = integerOption('blockSize', options.blockSize ?? DEFAULT_BLOCK_SIZE, 1, 1024);
  const dtype = options.kvDtype ?? 'f32';
  checkChoice('kvDtype', dtype, KV_DTYPES);
  const cache = options.cache ?? 'paged';
  const layout: KvLayout = { groups: program.kvGroups, dtype, blockSize };
  const budget = integerOption(
    'kvMemory',
    options.kvMemory ?? Math.floor(freeBytes * DEFAULT_SHARE),
    0,
    Number.MAX_SAFE_INTEGER,
  );
  const needs = (length: number): Pool[] => poolsFor(layout, length, options, cache);
  const longest = Math.min(config.maxContextLength ?? config.contextLength, LONGEST_CONTEXT);
  const fits = (length: number): boolean => bytesOf(needs(length)) <= budget;
  const contextLength = contextOf(config, options, longest, fits);
  const least = needs(contextLength);
  if (bytesOf(least) > budget) {
    throw new QuireError(
      'kv_memory_too_small',
      `${budget} bytes of KV memory hold ${longestThatFits(fits, longest, blockSize)} tokens, but the context is ${contextLength}`,
      `raise kvMemory to at least ${bytesOf(least)} bytes, or lower context`,
    );
  }
  const typical = needs(Math.max(1, Math.ceil(contextLength / 2)));
  const most =
    options.kvMemory === undefined
      ? DEFAULT_CONTEXTS * Math.ceil(contextLength / blockSize)
      : Number.POSITIVE_INFINITY;
  const blocks = divide(budget, least, typical).map((count) => Math.min(count, most));
  const bytes = blocks.reduce((sum, count, i) => sum + count * least[i]!.blockBytes, 0);
  return { layout, contextLength, blocks, bytes };
}

// The blocks that a group of layers needs for one sequence.
interface Pool {
  readonly blocks: number;
  readonly blockBytes: number;
}

const bytesOf = (pools: readonly Pool[]): number =>
  pools.reduce((sum, { blocks, blockBytes }) => sum + blocks * blockBytes, 0);

function poolsFor(layout: KvLayout, length: number, options: StepTokensOption, cache: CachePolicy): Pool[] {
  const stepTokens = stepTokensOf(options, length);
  return layout.groups.map((group) => ({
    blocks: maxBlocksOwned(cache === 'paged' ? group.keeps : 'all', length, stepTokens, layout.blockSize),
    blockBytes: kvBlockBytes(layout, group),
  }));
}

// Divides `budget` into blocks of each group: at least those of one whole context, the rest in proportion to the needs of
// sequences of typical length. Groups with a window get more than their window: earlier positions are worth caching.
function divide(budget: number, least: readonly Pool[], typical: readonly Pool[]): number[] {
  const shares = typical.every(({ blocks }) => blocks === typical[0]!.blocks)
    ? typical.map((pool) => ({ ...pool, blocks: 1 }))
    : typical;
  const counts = shares.map(({ blocks }) => Math.floor((budget / bytesOf(shares)) * blocks));
  const short = counts.map((count, i) => count < least[i]!.blocks);
  if (!short.includes(true)) return counts;
  const isShort = (i: number): boolean => short[i] === true;
  const fixed = bytesOf(least.filter((_, i) => isShort(i)));
  const others = divideRest(budget - fixed, least, typical, isShort);
  return counts.map((_, i) => (isShort(i) ? least[i]!.blocks : others.shift()!));
}

function divideRest(
  budget: number,
  least: readonly Pool[],
  typical: readonly Pool[],
  isFixed: (index: number) => boolean,
): number[] {
  const rest = (pools: readonly Pool[]): Pool[] => pools.filter((_, i) => !isFixed(i));
  return rest(least).length === 0 ? [] : divide(budget, rest(least), rest(typical));
}

function contextOf(
  config: ModelConfig,
  options: KvSizeOptions,
  longest: number,
  fits: (length: number) => boolean,
): number {
  if (options.context !== undefined) return integerOption('context', options.context, 2, longest);
  const usual = Math.min(config.contextLength, LONGEST_CONTEXT);
  if (options.kvMemory !== undefined || fits(usual)) return usual;
  return Math.max(2, longestThatFits(fits, usual, options.blockSize ?? DEFAULT_BLOCK_SIZE));
}

// The longest context, in whole blocks, that fits; up to `longest`.
function longestThatFits(fits: (length: number) => boolean, longest: number, blockSize: number): number {
  let most = 0;
  let beyond = Math.floor(longest / blockSize) + 1;
  while (beyond - most > 1) {
    const middle = Math.floor((most + beyond) / 2);
    if (fits(middle * blockSize)) most = middle;
    else beyond = middle;
  }
  return most * blockSize;
}
