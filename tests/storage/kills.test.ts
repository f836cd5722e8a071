// Kills a process that stores turns, at random times. After each kill the database must open, and must contain each turn
// that the process reported as stored, with its complete answer.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { openSqliteStore } from '../../src/chat/storage/open-store.ts';
import { randomNumbers } from '../support/random.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const KILLS = process.env.QUIRE_FULL === '1' ? 200 : 10;
const CHILD = fileURLToPath(new URL('./turn-writer.ts', import.meta.url));
const OWNER = 'writer';

const folder = temporaryFolder('kills');

/** Kills the process after a delay. Returns the ids of the answers that the process reported as stored. */
async function killAfter(child: ChildProcess, delayMs: number): Promise<string[]> {
  let output = '';
  child.stdout!.on('data', (data) => {
    output += String(data);
  });
  let errors = '';
  child.stderr!.on('data', (data) => {
    errors += String(data);
  });
  const exit = once(child, 'close');
  await once(child.stdout!, 'data');
  setTimeout(() => child.kill('SIGKILL'), delayMs);
  const [code] = await exit;
  expect({ code, errors }).toEqual({ code: null, errors: '' });
  return output
    .split('\n')
    .slice(0, -1)
    .filter((line) => line !== 'ready');
}

test(`no turn that was reported as stored is lost in ${KILLS} kills`, { timeout: 900_000 }, async () => {
  const random = randomNumbers(7);
  const reportedAnswers: string[] = [];
  let interruptedAnswers = 0;
  for (let kill = 0; kill < KILLS; kill++) {
    const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), CHILD, folder, OWNER], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    reportedAnswers.push(...(await killAfter(child, random() * 150)));
    const store = await openSqliteStore(folder);
    const answers = new Set<string>();
    for (const { id } of await store.list(OWNER, { limit: 1_000_000 })) {
      const { record, messages } = (await store.load(OWNER, id))!;
      const byId = new Map(messages.map((message) => [message.id, message]));
      expect(record.head === undefined || byId.has(record.head)).toBe(true);
      for (const message of messages) {
        expect(message.parent === undefined || byId.has(message.parent)).toBe(true);
        expect(message.state).not.toBe('running');
        if (message.state === 'interrupted') interruptedAnswers++;
        if (message.role === 'assistant' && message.state === 'complete') {
          answers.add(message.id);
          expect(String.fromCharCode(...message.tokens)).toBe(`${message.content}|`);
        }
      }
    }
    await store.close();
    expect(reportedAnswers.filter((answer) => !answers.has(answer))).toEqual([]);
  }
  expect(reportedAnswers.length).toBeGreaterThan(KILLS);
  console.log(
    `found all ${reportedAnswers.length} turns that were reported as stored, and ${interruptedAnswers} times an interrupted answer`,
  );
});
