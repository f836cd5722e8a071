// Hit rates of other caches for the same requests in the same order, and the working set of a trace.

import type { ServedRequest } from './simulate.ts';
import { type Conversation, SYSTEM_PROMPTS } from './trace.ts';

/** Returns the share of prompt tokens found in the cache. */
export function hitRate(requests: readonly ServedRequest[]): number {
  return ratio(requests, ({ cachedTokens }) => cachedTokens);
}

/** Returns the hit rate with unlimited memory: every token that an earlier request computed is found. */
export function infiniteHitRate(trace: readonly Conversation[], requests: readonly ServedRequest[]): number {
  const systems = new Set<number>();
  return ratio(inOrder(requests), ({ conversation, turn, promptTokens }) => {
    const { system, turns } = trace[conversation]!;
    if (turn > 0) return promptTokens - turns[turn]!.userTokens - 1; // the last token of an answer is never computed
    const seen = systems.has(system);
    systems.add(system);
    return seen ? SYSTEM_PROMPTS[system]! : 0;
  });
}

/**
 * Returns the hit rate of a cache of whole requests with LRU eviction, as in an engine with one KV state per
 * conversation. Requests with a common prefix store it several times.
 */
export function wholeRequestHitRate(
  trace: readonly Conversation[],
  requests: readonly ServedRequest[],
  poolTokens: number,
): number {
  const cached = new Map<number, { readonly tokens: number; readonly system: number }>(); // by conversation, LRU first
  let used = 0;
  const evict = (conversation: number): void => {
    used -= cached.get(conversation)!.tokens;
    cached.delete(conversation);
  };
  return ratio(inOrder(requests), ({ conversation, turn, promptTokens, generatedTokens }) => {
    const { system, turns } = trace[conversation]!;
    const hit = cached.has(conversation);
    const systemHit = [...cached.values()].some((entry) => entry.system === system);
    const found = hit ? promptTokens - turns[turn]!.userTokens - 1 : systemHit ? SYSTEM_PROMPTS[system]! : 0;
    if (hit) evict(conversation);
    const tokens = promptTokens + generatedTokens;
    for (const oldest of cached.keys()) {
      if (used + tokens <= poolTokens) break;
      evict(oldest);
    }
    cached.set(conversation, { tokens, system });
    used += tokens;
    return found;
  });
}

/**
 * Returns the peak working set (Denning 1968): the largest number of tokens used within `windowMs`. Shared system
 * prompts count once.
 */
export function peakWorkingSet(
  trace: readonly Conversation[],
  requests: readonly ServedRequest[],
  windowMs: number,
): number {
  const changes: { at: number; tokens: number }[] = [];
  const previous = new Map<number, { readonly endedAt: number; readonly tokens: number }>(); // by conversation
  for (const { conversation, promptTokens, generatedTokens, startedAt, endedAt } of inOrder(requests)) {
    const tokens = promptTokens + generatedTokens - SYSTEM_PROMPTS[trace[conversation]!.system]!;
    const last = previous.get(conversation);
    const inWindow = last !== undefined && startedAt < last.endedAt + windowMs;
    if (last !== undefined && !inWindow) changes.push({ at: last.endedAt + windowMs, tokens: -last.tokens });
    changes.push({ at: startedAt, tokens: inWindow ? tokens - last.tokens : tokens });
    previous.set(conversation, { endedAt, tokens });
  }
  for (const { endedAt, tokens } of previous.values()) {
    changes.push({ at: endedAt + windowMs, tokens: -tokens });
  }
  changes.sort((a, b) => a.at - b.at);
  let now = SYSTEM_PROMPTS.reduce((sum, tokens) => sum + tokens, 0);
  let peak = now;
  for (const { tokens } of changes) {
    now += tokens;
    peak = Math.max(peak, now);
  }
  return peak;
}

function ratio(requests: readonly ServedRequest[], found: (request: ServedRequest) => number): number {
  let hits = 0;
  let all = 0;
  for (const request of requests) {
    hits += found(request);
    all += request.promptTokens;
  }
  return hits / all;
}

const inOrder = (requests: readonly ServedRequest[]): ServedRequest[] =>
  requests.toSorted((a, b) => a.startedAt - b.startedAt);
