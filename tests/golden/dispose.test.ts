// Tests disposing of engines, the fingerprint of an engine and an option without effect.

import { expect, test, vi } from 'vitest';
import { createEngine, Engine } from '../../src/engine/engine.ts';
import { loadEngine } from '../../src/engine/node/load-engine.ts';
import { loadModel } from '../../src/engine/node/load-model.ts';

test('disposing of an engine releases the model only if the engine owns it', async () => {
  const model = await loadModel();
  const release = vi.spyOn(model.weights, 'dispose');
  await (await Engine.create(model)).dispose();
  expect(release).not.toHaveBeenCalled();
  const owner = await createEngine(model, {}, { ownsModel: true });
  await owner.dispose();
  await owner.dispose();
  expect(release).toHaveBeenCalledOnce();
});

test('the fingerprint depends on the KV type and the block size', async () => {
  const fingerprintOf = async (options: object): Promise<string> => {
    await using engine = await loadEngine({ kvMemory: 16 * 2 ** 20, ...options });
    return engine.info.fingerprint;
  };
  const fingerprints = await Promise.all(
    [{}, { kvDtype: 'f32' }, { kvDtype: 'int8' }, { blockSize: 32 }].map(fingerprintOf),
  );
  expect(new Set(fingerprints).size).toBe(4);
  expect(await fingerprintOf({})).toBe(fingerprints[0]);
});

test('disposing of an engine makes pending tokenization reject with disposed', async () => {
  const engine = await loadEngine();
  const text = 'ab '.repeat(1_000_000);
  const pending = [
    engine.encodeChat([{ role: 'user', content: text }]),
    engine.encode({ prompt: text, raw: true }),
    engine.generate({ prompt: text, badWords: [text] }).result,
  ].map((promise) =>
    promise.then(
      () => 'tokenized',
      ({ code }: { code: string }) => code,
    ),
  );
  await engine.dispose();
  expect(new Set(await Promise.all(pending))).toEqual(new Set(['disposed']));
});

test('loadEngine rejects threads for a backend that does not use them', async () => {
  await expect(loadEngine({ activations: 'int8', threads: 2 })).rejects.toMatchObject({ code: 'bad_option' });
});
