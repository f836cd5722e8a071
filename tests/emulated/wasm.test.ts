// Runs the WebAssembly backend on other processors and systems, and in another JavaScript engine: the logits of a conversation have the same bits everywhere, so keys
// and values that one machine has stored on disk are valid on the others.

import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import type { LoadEngineOptions } from '../../src/index.ts';
import { needsArm64, needsWine, openArm64, openWindows } from '../support/emulated/emulators.ts';
import { type Answer, converse, THIS_MACHINE } from '../support/emulated/machine.ts';
import { needsMusl, openMusl } from '../support/emulated/musl.ts';
import { describeWith, needsWasm } from '../support/needs.ts';
import { buildQuire } from '../support/quire-process.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const BLOCK_SIZE = 8;

const folder = temporaryFolder('emulated');
const options: LoadEngineOptions = {
  backend: 'wasm',
  threads: 2,
  blockSize: BLOCK_SIZE,
  kvMemory: 2 ** 24, // half of the free memory would be reserved
};
const onDisk: LoadEngineOptions = { ...options, kvDisk: 2 ** 26, kvDiskFolder: join(folder, 'kv') };
const bitsOf = (answers: readonly Answer[]) =>
  answers.map(({ tokens, text, logits }) => ({ tokens, text, logits }));

let fresh: readonly Answer[];

beforeAll(async () => {
  await buildQuire();
  fresh = await converse(THIS_MACHINE, options, folder);
  const stored = await converse(THIS_MACHINE, onDisk, folder);
  expect(bitsOf(stored)).toEqual(bitsOf(fresh));
  expect(stored[0]).toMatchObject({ backend: 'wasm', diskTokens: 0 });
});

const MACHINES = [
  ['on 64-bit ARM', needsArm64(), openArm64],
  ['on Windows', needsWine(), () => openWindows(folder)],
  ['in Bun with musl', needsMusl(), openMusl],
] as const;

describeWith(needsWasm(), 'the WebAssembly backend', () => {
  for (const [name, need, open] of MACHINES) {
    describeWith(need, name, () => {
      it('computes the same bits as here, with one and two threads', async () => {
        const machine = await open();
        for (const threads of [1, 2])
          expect(bitsOf(await converse(machine, { ...options, threads }, folder))).toEqual(bitsOf(fresh));
      });
    });
  }

  // Not under Wine, whose version 8 lacks a library that the SQLite of libsql needs.
  describeWith(needsArm64(), 'on 64-bit ARM', () => {
    it('restores keys and values that were stored here', async () => {
      const machine = await openArm64();
      const restored = await converse(machine, onDisk, folder);
      expect(bitsOf(restored)).toEqual(bitsOf(fresh));
      for (const [i, { diskTokens, computedTokens }] of restored.entries()) {
        expect(diskTokens).toBeGreaterThanOrEqual(BLOCK_SIZE);
        expect(computedTokens).toBeLessThan(fresh[i]!.computedTokens);
      }
    });
  });
});
