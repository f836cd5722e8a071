// What other caches would have found for the same requests, in the same order.

import type { ServedRequest } from './simulate.ts';
import { type Conversation, SYSTEM_PROMPTS } from './trace.ts';

/** Share of the prompt tokens that were found. */
export function hitRate(requests: readonly ServedRequest[]): number {
  return ratio(requests, ({ cachedTokens }) => cachedTokens);
}

/** With memory without end: all that any request before has computed. */
export function infiniteHitRate(trace: readonly Conversation[], requests: readonly ServedRequest[]): number {
  const systems = new Set<number>();
  return ratio(inOrder(requests), ({ conversation, turn, promptTokens }) => {
    const { system, turns } = trace[conversation]!;
    if (turn > 0) return promptTokens - turns[turn]!.asked - 1; // the last token of an answer is never computed
    const seen = systems.has(system);
    systems.add(system);
    return seen ? SYSTEM_PROMPTS[system]! : 0;
  });
}

/**
 * A cache of whole requests, the least recently used given up first, each with a copy of its own of what it
 * shares with others: what an engine does that keeps one state a conversation.
 */
export function wholeRequestHitRate(
  trace: readonly Conversation[],
  requests: readonly ServedRequest[],
  poolTokens: number,
): number {
  const kept = new Map<number, { readonly tokens: number; readonly system: number }>(); // by conversation, oldest first
  let used = 0;
  const forget = (conversation: number): void => {
    used -= kept.get(conversation)!.tokens;
    kept.delete(conversation);
  };
  return ratio(inOrder(requests), ({ conversation, turn, promptTokens, generatedTokens }) => {
    const { system, turns } = trace[conversation]!;
    const own = kept.has(conversation);
    const alike = [...kept.values()].some((entry) => entry.system === system);
    const found = own ? promptTokens - turns[turn]!.asked - 1 : alike ? SYSTEM_PROMPTS[system]! : 0;
    if (own) forget(conversation);
    const tokens = promptTokens + generatedTokens;
    for (const oldest of kept.keys()) {
      if (used + tokens <= poolTokens) break;
      forget(oldest);
    }
    kept.set(conversation, { tokens, system });
    used += tokens;
    return found;
  });
}

/**
 * The largest working set (Denning 1968): most tokens that were in use within the last `windowMs`, what
 * conversations share counted once.
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
    const still = last !== undefined && startedAt < last.endedAt + windowMs;
    if (last !== undefined && !still) changes.push({ at: last.endedAt + windowMs, tokens: -last.tokens });
    changes.push({ at: startedAt, tokens: still ? tokens - last.tokens : tokens });
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
