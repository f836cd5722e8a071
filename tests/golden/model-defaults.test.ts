// Tests that loadEngine ignores sampling options recommended by a checkpoint if they are out of range, with a warning.

import { cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { loadEngine, type QuireError } from '../../src/index.ts';
import { fixture } from '../support/fixtures.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const MODEL = fixture('tiny-qwen3');

const folder = temporaryFolder('defaults');
cpSync(MODEL, folder, { recursive: true });

const writeGenerationConfig = (text: string): void =>
  writeFileSync(join(folder, 'generation_config.json'), text);

it('loadEngine ignores recommended options that are out of range, and gives one warning for each option', async () => {
  writeGenerationConfig(
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
  const messages = warnings.map(({ message }) => message).join('\n');
  for (const name of [
    'repetition_penalty is 0',
    'temperature is 500',
    'top_k is 20.5',
    'top_p is 2',
    'min_p is NaN',
    'typical_p is NaN',
  ])
    expect(messages).toContain(name);
});
