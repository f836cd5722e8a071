// Computes the hit rates that other caches would have for the same requests in the same order, and the working set of a
// trace.

import type { ServedRequest } from './simulate.ts';
import { type Conversation, SYSTEM_PROMPT_LENGTHS } from './trace.ts';

/** Returns the share of prompt tokens that were found in the simulated cache. */
export function hitRate(requests: readonly ServedRequest[]): number {
  return foundShare(requests, ({ cachedTokens }) => cachedTokens);
}

/** Returns the hit rate with unlimited memory: every token that an earlier request computed is found. */
export function infiniteHitRate(trace: readonly Conversation[], requests: readonly ServedRequest[]): number {
  const computedPrompts = new Set<number>();
  return foundShare(byStartTime(requests), ({ conversation, turn, promptTokens }) => {
    const { system, turns } = trace[conversation]!;
    if (turn > 0) return promptTokens - turns[turn]!.userTokens - 1; // the last token of an answer is never computed
    const isComputed = computedPrompts.has(system);
    computedPrompts.add(system);
    return isComputed ? SYSTEM_PROMPT_LENGTHS[system]! : 0;
  });
}

/**
 * Returns the hit rate of a cache with one KV state per conversation and LRU eviction. Conversations with a common prefix
 * store the prefix several times.
 */
export function perConversationHitRate(
  trace: readonly Conversation[],
  requests: readonly ServedRequest[],
  poolTokens: number,
): number {
  const cached = new Map<number, { readonly tokens: number; readonly system: number }>(); // by conversation, least recently used first
  let usedTokens = 0;
  const evict = (conversation: number): void => {
    usedTokens -= cached.get(conversation)!.tokens;
    cached.delete(conversation);
  };
  return foundShare(byStartTime(requests), ({ conversation, turn, promptTokens, generatedTokens }) => {
    const { system, turns } = trace[conversation]!;
    const isCached = cached.has(conversation);
    const isSystemCached = [...cached.values()].some((entry) => entry.system === system);
    const systemTokens = isSystemCached ? SYSTEM_PROMPT_LENGTHS[system]! : 0;
    const cachedPromptTokens = isCached ? promptTokens - turns[turn]!.userTokens - 1 : systemTokens;
    if (isCached) evict(conversation);
    const tokens = promptTokens + generatedTokens;
    for (const oldest of cached.keys()) {
      if (usedTokens + tokens <= poolTokens) break;
      evict(oldest);
    }
    cached.set(conversation, { tokens, system });
    usedTokens += tokens;
    return cachedPromptTokens;
  });
}

/**
 * Returns the peak working set (Denning 1968): the largest number of different tokens that are used within `windowMs`.
 * Shared system prompts count once.
 */
export function peakWorkingSet(
  trace: readonly Conversation[],
  requests: readonly ServedRequest[],
  windowMs: number,
): number {
  const changes: { time: number; tokens: number }[] = [];
  const previous = new Map<number, { readonly endedAt: number; readonly tokens: number }>(); // by conversation
  for (const { conversation, promptTokens, generatedTokens, startedAt, endedAt } of byStartTime(requests)) {
    const tokens = promptTokens + generatedTokens - SYSTEM_PROMPT_LENGTHS[trace[conversation]!.system]!;
    const last = previous.get(conversation);
    const inWindow = last !== undefined && startedAt < last.endedAt + windowMs;
    if (last !== undefined && !inWindow)
      changes.push({ time: last.endedAt + windowMs, tokens: -last.tokens });
    changes.push({ time: startedAt, tokens: inWindow ? tokens - last.tokens : tokens });
    previous.set(conversation, { endedAt, tokens });
  }
  for (const { endedAt, tokens } of previous.values()) {
    changes.push({ time: endedAt + windowMs, tokens: -tokens });
  }
  changes.sort((a, b) => a.time - b.time);
  let current = SYSTEM_PROMPT_LENGTHS.reduce((sum, tokens) => sum + tokens, 0);
  let peak = current;
  for (const { tokens } of changes) {
    current += tokens;
    peak = Math.max(peak, current);
  }
  return peak;
}

// Returns the share of all prompt tokens that `found` returns.
function foundShare(requests: readonly ServedRequest[], found: (request: ServedRequest) => number): number {
  let foundTokens = 0;
  let promptTokens = 0;
  for (const request of requests) {
    foundTokens += found(request);
    promptTokens += request.promptTokens;
  }
  return foundTokens / promptTokens;
}

const byStartTime = (requests: readonly ServedRequest[]): ServedRequest[] =>
  requests.toSorted((a, b) => a.startedAt - b.startedAt);
