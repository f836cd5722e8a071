// How much KV memory an engine takes and what fits in it. Nothing here is silent: a context that does not fit
// is an error with both numbers, and what was chosen by default is in the engine's `info`.

import { QuireError } from '../base/errors.ts';
import { KV_DTYPES, type KvDtype, type KvLayout, kvBlockBytes } from '../base/kv-layout.ts';
import type { ModelConfig } from '../base/model-file.ts';
import { checkChoice, wholeOption } from '../base/option-names.ts';
import type { KvMemoryUsage } from '../completion/model-info.ts';
import type { KvUsage } from '../kv/kv-cache.ts';
import type { Program } from '../program/program.ts';

export interface KvSizeOptions {
  /** most tokens of prompt and answer together; the model's by default, as far as the KV memory goes */
  readonly context?: number;
  /** bytes; by default enough for 16 whole contexts, at most a quarter of the memory that is free */
  readonly kvMemory?: number;
  /** what keys and values are stored as; `f16` by default, and `f32` on the reference backend */
  readonly kvDtype?: KvDtype;
  /** tokens in a block, 16 by default */
  readonly blockSize?: number;
}

export interface KvSize {
  readonly layout: KvLayout;
  readonly contextLength: number;
  readonly blocks: number;
  /** bytes of all blocks */
  readonly bytes: number;
}

export function kvMemoryUsage(usage: KvUsage, layout: KvLayout): KvMemoryUsage {
  const perToken = kvBlockBytes(layout) / layout.blockSize;
  const { totalTokens, reservedTokens, usedTokens, cachedTokens } = usage;
  return {
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
// The longest that backends take, far above any model's: a config may claim any number.
const LONGEST_CONTEXT = 2 ** 24;

/** @param freeBytes of the machine or the container now */
export function kvSize(
  config: ModelConfig,
  program: Program,
  options: KvSizeOptions,
  freeBytes: number,
): KvSize {
  const blockSize = wholeOption('blockSize', options.blockSize ?? DEFAULT_BLOCK_SIZE, 1, 1024);
  const dtype = options.kvDtype ?? 'f32';
  checkChoice('kvDtype', dtype, KV_DTYPES);
  const layout = { groups: program.kvGroups, dtype, blockSize };
  const blockBytes = kvBlockBytes(layout);
  const budget = wholeOption(
    'kvMemory',
    options.kvMemory ?? Math.floor(freeBytes * DEFAULT_SHARE),
    0,
    Number.MAX_SAFE_INTEGER,
  );
  const blocksThatFit = Math.floor(budget / blockBytes);
  const contextLength = contextOf(config, options, blocksThatFit * blockSize);
  const blocksPerContext = Math.ceil(contextLength / blockSize);
  if (blocksThatFit < blocksPerContext) {
    throw new QuireError(
      'kv_memory_too_small',
      `${budget} bytes of KV memory hold ${blocksThatFit * blockSize} tokens, and the context is ${contextLength}`,
      `give at least ${blocksPerContext * blockBytes} bytes of KV memory, or a smaller context`,
    );
  }
  const wanted = options.kvMemory === undefined ? DEFAULT_CONTEXTS * blocksPerContext : blocksThatFit;
  const blocks = Math.min(blocksThatFit, wanted);
  return { layout, contextLength, blocks, bytes: blocks * blockBytes };
}

function contextOf(config: ModelConfig, options: KvSizeOptions, tokensThatFit: number): number {
  const longest = Math.min(config.longestContext ?? config.contextLength, LONGEST_CONTEXT);
  if (options.context !== undefined) return wholeOption('context', options.context, 2, longest);
  const usual = Math.min(config.contextLength, LONGEST_CONTEXT);
  return options.kvMemory === undefined ? Math.min(usual, Math.max(2, tokensThatFit)) : usual;
}
