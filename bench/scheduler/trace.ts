// Generates a synthetic trace of chats: conversations arrive as a Poisson process, use one of a few system prompts, and have
// several turns with think times between them. Lengths have a log-normal distribution, as in recorded chats. The trace
// depends only on its parameters (`TraceShape`), one of which is the seed.

import { randomInteger, randomNumbers } from '../../tests/support/random.ts';

export interface TraceShape {
  readonly requests: number;
  readonly seed: number;
  /** conversations that arrive per second */
  readonly rate: number;
}

export interface Turn {
  /** tokens of the user message, including those of the template */
  readonly userTokens: number;
  readonly answerTokens: number;
  /** milliseconds from the previous answer to the user message; 0 for the first turn */
  readonly thinkMs: number;
}

export interface Conversation {
  readonly id: number;
  /** milliseconds */
  readonly arrivesAt: number;
  /** index of a system prompt */
  readonly system: number;
  readonly turns: readonly Turn[];
  /** 1 for one conversation in ten, otherwise 0 */
  readonly priority: number;
}

export const SYSTEM_PROMPT_LENGTHS = [180, 320, 75, 640]; // number of tokens of each
/** Maximum number of tokens of a conversation. It ends before the turn that would exceed the maximum. */
export const MAX_CONVERSATION_TOKENS = 4096;
const VOCABULARY = 30_000;

export function makeTrace({ requests, seed, rate }: TraceShape): Conversation[] {
  const random = randomNumbers(seed);
  const conversations: Conversation[] = [];
  let count = 0;
  let arrivesAt = 0;
  while (count < requests) {
    arrivesAt += (-Math.log(1 - random()) / rate) * 1000;
    const system = randomInteger(random, SYSTEM_PROMPT_LENGTHS.length);
    const maxTurns = Math.min(requests - count, Math.round(logNormal(random, 4, 0.7)));
    const turns: Turn[] = [];
    let length = SYSTEM_PROMPT_LENGTHS[system]!;
    for (let i = 0; i < maxTurns; i++) {
      const turn = {
        userTokens: Math.min(1500, 4 + Math.round(logNormal(random, 28, 1))),
        answerTokens: Math.min(600, 2 + Math.round(logNormal(random, 60, 0.8))),
        thinkMs: i === 0 ? 0 : logNormal(random, 20_000, 0.9),
      };
      length += turn.userTokens + turn.answerTokens;
      if (length > MAX_CONVERSATION_TOKENS) break;
      turns.push(turn);
    }
    if (turns.length === 0) continue;
    count += turns.length;
    const priority = random() < 0.1 ? 1 : 0;
    conversations.push({ id: conversations.length, arrivesAt, system, turns, priority });
  }
  return conversations;
}

/** Returns the token at a position. Conversations share only the tokens of a common system prompt. */
export function tokenAt({ id, system }: Conversation, position: number): number {
  const isShared = position < SYSTEM_PROMPT_LENGTHS[system]!;
  const source = isShared ? -1 - system : id;
  let hash = Math.imul(source, 0x9e3779b1) ^ Math.imul(position + 1, 0x85ebca6b);
  hash ^= hash >>> 15;
  hash = Math.imul(hash, 0x2c1b3c6d);
  hash ^= hash >>> 13;
  return (hash >>> 0) % VOCABULARY;
}

/** Draws from a log-normal distribution; `spread` is the standard deviation of the logarithm. */
function logNormal(random: () => number, median: number, spread: number): number {
  const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return median * Math.exp(spread * normal);
}
