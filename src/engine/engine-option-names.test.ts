import { expect, test } from 'vitest';
import { Engine } from './engine.ts';
import type { LoadedModel } from './load-model.ts';

test('Engine.create rejects an unknown option with the nearest name, before it uses the model', async () => {
  const options = { maxRuning: 4 } as object;
  await expect(Engine.create({} as LoadedModel, options)).rejects.toMatchObject({
    code: 'unknown_option',
    message: 'Engine.create has no option "maxRuning"',
    hint: 'did you mean maxRunning?',
  });
});

test('Engine.create rejects options of loadModel, which it would ignore', async () => {
  await expect(Engine.create({} as LoadedModel, { backend: 'native' } as object)).rejects.toMatchObject({
    code: 'unknown_option',
  });
});
