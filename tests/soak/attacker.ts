// All attacks at once, each again and again, in a process of its own and behind everybody else: `attacker.ts URL`. What came of
// them is written as one line of JSON when its standard input ends.

import { setPriority } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { ATTACKS, type Attack } from './attacks.ts';

const PAUSE_MS = 500;
const BEHIND_OTHERS = 10;

export type AttackCounts = Record<string, Record<string, number>>;

async function repeat(attack: Attack, url: string, counts: AttackCounts): Promise<never> {
  const seen: Record<string, number> = {};
  counts[`${attack.entry} ${attack.name}`] = seen;
  for (;;) {
    const said = await attack.round({ url, key: `attacker-${attack.entry}` });
    for (const one of said) seen[one] = (seen[one] ?? 0) + 1;
    await sleep(PAUSE_MS);
  }
}

setPriority(BEHIND_OTHERS);
const [url = ''] = process.argv.slice(2);
const counts: AttackCounts = {};
const end = (code: number): void => {
  process.stdout.write(`${JSON.stringify(counts)}\n`, () => process.exit(code));
};
process.stdin.resume().on('end', () => end(0));
Promise.all(ATTACKS.map((attack) => repeat(attack, url, counts))).catch((error: unknown) => {
  console.error(error);
  end(1);
});
