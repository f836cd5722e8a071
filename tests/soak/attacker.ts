// Repeats all attacks at the same time, in a separate process of low priority: `attacker.ts URL`. It prints a line when each
// attack has completed its first round, and the outcomes as a line of JSON when its standard input ends.

import { setPriority } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { ATTACKS, type Attack, keyOf } from './attacks.ts';

const PAUSE_MS = 500;
const LOW_PRIORITY = 10;

export type AttackCounts = Record<string, Record<string, number>>;

async function repeat(attack: Attack, url: string, counts: AttackCounts, begun: () => void): Promise<never> {
  const seen: Record<string, number> = {};
  counts[attack.name] = seen;
  for (;;) {
    const outcomes = await attack.round({ url, key: keyOf(attack) });
    for (const outcome of outcomes) seen[outcome] = (seen[outcome] ?? 0) + 1;
    begun();
    await sleep(PAUSE_MS);
  }
}

setPriority(LOW_PRIORITY);
const [url = ''] = process.argv.slice(2);
const counts: AttackCounts = {};
const end = (code: number): void => {
  process.stdout.write(`${JSON.stringify(counts)}\n`, () => process.exit(code));
};
process.stdin.resume().on('end', () => end(0));
const waiting = new Set(ATTACKS);
const begin = (attack: Attack): void => {
  if (waiting.delete(attack) && waiting.size === 0) process.stdout.write('begun\n');
};
Promise.all(ATTACKS.map((attack) => repeat(attack, url, counts, () => begin(attack)))).catch(
  (error: unknown) => {
    console.error(error);
    end(1);
  },
);
