// A program that repeats all attacks at the same time, in a process of low priority: `attacker.ts URL`. It prints a line when
// all attacks have completed their first round, and the outcomes as a line of JSON when its standard input ends.

import { setPriority } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { ATTACKS, type Attack, keyOf } from './attacks.ts';

const PAUSE_MS = 500;
const LOW_PRIORITY = 10;

/** number of outcomes by attack and outcome */
export type AttackCounts = Record<string, Record<string, number>>;

async function repeat(
  attack: Attack,
  url: string,
  counts: AttackCounts,
  onRound: () => void,
): Promise<never> {
  const outcomeCounts: Record<string, number> = {};
  counts[attack.name] = outcomeCounts;
  for (;;) {
    const outcomes = await attack.round({ url, key: keyOf(attack) });
    for (const outcome of outcomes) outcomeCounts[outcome] = (outcomeCounts[outcome] ?? 0) + 1;
    onRound();
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
const inFirstRound = new Set(ATTACKS);
const roundEnded = (attack: Attack): void => {
  if (inFirstRound.delete(attack) && inFirstRound.size === 0) process.stdout.write('all attacks have run\n');
};
Promise.all(ATTACKS.map((attack) => repeat(attack, url, counts, () => roundEnded(attack)))).catch(
  (error: unknown) => {
    console.error(error);
    end(1);
  },
);
