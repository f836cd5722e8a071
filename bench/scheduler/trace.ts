// A trace of chats as a server sees them: conversations arrive at random (Poisson), share one of a few system
// prompts, and take several turns with time to think between them. Lengths are log-normal, as those of recorded
// chats are. Everything follows from the seed.

import { randomNumbers, wholeBelow } from '../../tests/support/random.ts';

export interface TraceShape {
  readonly requests: number;
  readonly seed: number;
  /** conversations a second */
  readonly rate: number;
}

export interface Turn {
  /** tokens that the user adds, template included */
  readonly asked: number;
  readonly answered: number;
  /** milliseconds from the last answer to this question; from the arrival for the first */
  readonly thinkMs: number;
}

export interface Conversation {
  readonly id: number;
  /** milliseconds */
  readonly arrivesAt: number;
  readonly system: number;
  readonly turns: readonly Turn[];
  /** 0 or, for one in ten, 1 */
  readonly priority: number;
}

export const SYSTEM_PROMPTS = [180, 320, 75, 640]; // tokens
/** Longest conversation: what would not fit is not asked any more. */
export const CONTEXT = 4096;
const VOCABULARY = 30_000;

export function makeTrace({ requests, seed, rate }: TraceShape): Conversation[] {
  const random = randomNumbers(seed);
  const conversations: Conversation[] = [];
  let made = 0;
  let arrivesAt = 0;
  while (made < requests) {
    arrivesAt += (-Math.log(1 - random()) / rate) * 1000;
    const system = wholeBelow(random, SYSTEM_PROMPTS.length);
    const wanted = Math.min(requests - made, Math.round(logNormal(random, 4, 0.7)));
    const turns: Turn[] = [];
    let length = SYSTEM_PROMPTS[system]!;
    for (let i = 0; i < wanted; i++) {
      const turn = {
        asked: Math.min(1500, 4 + Math.round(logNormal(random, 28, 1))),
        answered: Math.min(600, 2 + Math.round(logNormal(random, 60, 0.8))),
        thinkMs: i === 0 ? 0 : logNormal(random, 20_000, 0.9),
      };
      length += turn.asked + turn.answered;
      if (length > CONTEXT) break;
      turns.push(turn);
    }
    if (turns.length === 0) continue;
    made += turns.length;
    const priority = random() < 0.1 ? 1 : 0;
    conversations.push({ id: conversations.length, arrivesAt, system, turns, priority });
  }
  return conversations;
}

/** The token at a position of a conversation: the system prompt's own, then tokens of nobody else. */
export function tokenAt({ id, system }: Conversation, position: number): number {
  const shared = position < SYSTEM_PROMPTS[system]!;
  const source = shared ? -1 - system : id;
  let hash = Math.imul(source, 0x9e3779b1) ^ Math.imul(position + 1, 0x85ebca6b);
  hash ^= hash >>> 15;
  hash = Math.imul(hash, 0x2c1b3c6d);
  hash ^= hash >>> 13;
  return (hash >>> 0) % VOCABULARY;
}

/** A draw whose median is `median`; `spread` is the deviation of its logarithm. */
function logNormal(random: () => number, median: number, spread: number): number {
  const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return median * Math.exp(spread * normal);
}
