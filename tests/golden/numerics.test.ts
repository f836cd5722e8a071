// Hashes of the bits that the reference computes. After a change NUMERICS_VERSION must be raised, because stored keys and
// values differ from newly computed ones. QUIRE_UPDATE=1 writes the hashes.

import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { NUMERICS_VERSION } from '../../src/kernels/backend.ts';
import { fixtures } from './golden-file.ts';
import { GoldenModel } from './golden-model.ts';

interface StoredBits {
  readonly version: number;
  /** the reference uses sine and exponential, which differ between versions of V8 */
  readonly v8: string;
  readonly hashes: Readonly<Record<string, string>>;
}

const FILE = new URL('./fixtures/numerics.json', import.meta.url);
const v8 = process.versions.v8.split('.').slice(0, 2).join('.');

async function hashes(): Promise<Record<string, string>> {
  const all: Record<string, string> = {};
  for (const { name, model, golden } of fixtures()) {
    const opened = await GoldenModel.open(model, golden.contextLength);
    const rows = await opened.prefill(golden.prompts.at(-1)!.tokens, { policy: 'paged', chunk: 1000 });
    const hash = createHash('sha256');
    for (const row of rows) hash.update(new Uint8Array(row.buffer, row.byteOffset, row.byteLength));
    all[name] = hash.digest('hex').slice(0, 16);
    await opened.close();
  }
  return all;
}

function stored(): StoredBits[] {
  return existsSync(FILE) ? JSON.parse(readFileSync(FILE, 'utf8')) : [];
}

function update(own: StoredBits): void {
  const known = stored().find((one) => one.v8 === v8);
  if (known?.version === own.version) {
    // new models add hashes, and change none
    expect(own.hashes, 'the bits changed: raise NUMERICS_VERSION first').toMatchObject(known.hashes);
  }
  const others = stored().filter((one) => one.v8 !== v8 && one.version === own.version);
  writeFileSync(FILE, `${JSON.stringify([...others, own], null, 2)}\n`);
}

it('the bits of every fixture are those of this NUMERICS_VERSION', async () => {
  const own = { version: NUMERICS_VERSION, v8, hashes: await hashes() };
  if (process.env.QUIRE_UPDATE === '1') update(own);
  expect(stored().length).toBeGreaterThan(0);
  expect(stored().every(({ version }) => version === NUMERICS_VERSION)).toBe(true);
  const known = stored().find((one) => one.v8 === v8);
  if (known === undefined) console.log(`no bits are stored for V8 ${v8}; QUIRE_UPDATE=1 adds them`);
  else expect(own).toEqual(known);
});
