// Disposing of engines, the fingerprint of keys and values, and options without effect.

import { expect, test, vi } from 'vitest';
import { createEngine, Engine } from '../../src/engine/engine.ts';
import { loadEngine } from '../../src/engine/node/load-engine.ts';
import { loadModel } from '../../src/engine/node/load-model.ts';

test('a disposed engine releases the model it owns, and no other', async () => {
  const model = await loadModel();
  const release = vi.spyOn(model.weights, 'dispose');
  await (await Engine.create(model)).dispose();
  expect(release).not.toHaveBeenCalled();
  const owner = await createEngine(model, {}, { ownsModel: true });
  await owner.dispose();
  await owner.dispose();
  expect(release).toHaveBeenCalledOnce();
});

test('the type of keys and values and the block size are part of the fingerprint', async () => {
  const of = async (options: object): Promise<string> => {
    await using engine = await loadEngine({ kvMemory: 16 * 2 ** 20, ...options });
    return engine.info.fingerprint;
  };
  const fingerprints = await Promise.all(
    [{}, { kvDtype: 'f32' }, { kvDtype: 'int8' }, { blockSize: 32 }].map(of),
  );
  expect(new Set(fingerprints).size).toBe(4);
  expect(await of({})).toBe(fingerprints[0]);
});

test('texts that are being tokenized are abandoned when the engine is disposed of', async () => {
  const engine = await loadEngine();
  const text = 'ab '.repeat(1_000_000);
  const reading = [
    engine.encodeChat([{ role: 'user', content: text }]),
    engine.encode({ prompt: text, raw: true }),
    engine.generate({ prompt: text, badWords: [text] }).result,
  ].map((one) =>
    one.then(
      () => 'read',
      ({ code }: { code: string }) => code,
    ),
  );
  await engine.dispose();
  expect(new Set(await Promise.all(reading))).toEqual(new Set(['disposed']));
});

test('threads are refused for a backend that does not use them', async () => {
  await expect(loadEngine({ activations: 'int8', threads: 2 })).rejects.toMatchObject({ code: 'bad_option' });
});
