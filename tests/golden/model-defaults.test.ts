// A checkpoint may recommend sampling that no request may ask for: it is left out and named, and requests work.

import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { loadEngine, type QuireError } from '../../src/index.ts';

const MODEL = fileURLToPath(new URL('./fixtures/tiny-qwen3', import.meta.url));

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'quire-defaults-'));
  cpSync(MODEL, folder, { recursive: true });
});
afterEach(() => rmSync(folder, { recursive: true }));

const recommend = (text: string): void => writeFileSync(join(folder, 'generation_config.json'), text);

it('names what is out of range once, and leaves it out', async () => {
  recommend(
    '{"repetition_penalty": 0, "temperature": 500, "top_k": 20.5, "top_p": 2, "min_p": NaN, "typical_p": "x"}',
  );
  const warnings: QuireError[] = [];
  const onWarning = (warning: QuireError): unknown => warnings.push(warning);
  await using engine = await loadEngine({ model: folder, backend: 'reference', context: 64, onWarning });
  for (const temperature of [0, 0.7]) {
    const { tokens } = await engine.generate({ tokens: [5, 6], maxTokens: 2, temperature }).result;
    expect(tokens.length).toBeGreaterThan(0);
  }
  expect(warnings.map(({ code }) => code)).toEqual(new Array(6).fill('bad_model_default'));
  const said = warnings.map(({ message }) => message).join('\n');
  for (const name of [
    'repetition_penalty is 0',
    'temperature is 500',
    'top_k is 20.5',
    'top_p is 2',
    'min_p is NaN',
    'typical_p is NaN',
  ])
    expect(said).toContain(name);
});
