import { expect, test } from 'vitest';
import { Engine } from './engine.ts';
import type { LoadedModel } from './load-model.ts';

test('Engine.create rejects an unknown option before using the model, and suggests the closest name', async () => {
  const options = { maxRuning: 4 } as object;
  await expect(Engine.create({} as LoadedModel, options)).rejects.toMatchObject({
    code: 'unknown_option',
    message: 'Engine.create has no option "maxRuning"',
    hint: 'did you mean maxRunning?',
  });
});

test('Engine.create rejects options of loadModel instead of ignoring them', async () => {
  await expect(Engine.create({} as LoadedModel, { backend: 'native' } as object)).rejects.toMatchObject({
    code: 'unknown_option',
  });
});
