// Compares hashes of the logits of the reference backend with stored hashes. When its bits change, NUMERICS_VERSION must be
// increased, because keys and values that were stored before differ from newly computed ones. QUIRE_UPDATE=1 stores the
// hashes.

import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { NUMERICS_VERSION } from '../../src/kernels/backend.ts';
import { fixtures } from './golden-file.ts';
import { GoldenModel } from './golden-model.ts';

interface StoredHashes {
  readonly version: number;
  /** major and minor version of V8: its sine and exponential functions differ between versions */
  readonly v8: string;
  readonly hashes: Readonly<Record<string, string>>;
}

const FILE = new URL('./fixtures/numerics.json', import.meta.url);
const v8 = process.versions.v8.split('.').slice(0, 2).join('.');

async function computeHashes(): Promise<Record<string, string>> {
  const hashes: Record<string, string> = {};
  for (const { name, model, golden } of fixtures()) {
    const goldenModel = await GoldenModel.open(model, golden.contextLength);
    const rows = await goldenModel.prefill(golden.prompts.at(-1)!.tokens, { policy: 'paged', chunk: 1000 });
    const hash = createHash('sha256');
    for (const row of rows) hash.update(new Uint8Array(row.buffer, row.byteOffset, row.byteLength));
    hashes[name] = hash.digest('hex').slice(0, 16);
    await goldenModel.close();
  }
  return hashes;
}

function readStored(): StoredHashes[] {
  return existsSync(FILE) ? JSON.parse(readFileSync(FILE, 'utf8')) : [];
}

function update(current: StoredHashes): void {
  const storedForV8 = readStored().find((entry) => entry.v8 === v8);
  if (storedForV8?.version === current.version) {
    // new fixtures add hashes but must not change the other hashes
    expect(current.hashes, 'the bits changed: increase NUMERICS_VERSION first').toMatchObject(
      storedForV8.hashes,
    );
  }
  const storedForOtherV8 = readStored().filter(
    (entry) => entry.v8 !== v8 && entry.version === current.version,
  );
  writeFileSync(FILE, `${JSON.stringify([...storedForOtherV8, current], null, 2)}\n`);
}

it('the logits of every fixture have the hashes stored for this NUMERICS_VERSION', async () => {
  const current = { version: NUMERICS_VERSION, v8, hashes: await computeHashes() };
  if (process.env.QUIRE_UPDATE === '1') update(current);
  expect(readStored().length).toBeGreaterThan(0);
  expect(readStored().every(({ version }) => version === NUMERICS_VERSION)).toBe(true);
  const storedForV8 = readStored().find((entry) => entry.v8 === v8);
  if (storedForV8 === undefined) console.log(`no hashes are stored for V8 ${v8}; QUIRE_UPDATE=1 adds them`);
  else expect(current).toEqual(storedForV8);
});
