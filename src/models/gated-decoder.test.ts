import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { openModelFile } from './node/open-model-file.ts';
import { buildProgram } from './registry.ts';

it('a gated decoder does not rotate queries and keys of layers without rotary embedding', async () => {
  const file = await openModelFile(
    fileURLToPath(new URL('../../tests/golden/fixtures/tiny-llama', import.meta.url)),
  );
  const rotations = (ropeLayers?: readonly boolean[]): number => {
    const config = ropeLayers === undefined ? file.config : { ...file.config, ropeLayers };
    return buildProgram(config, file.tensors).operations.filter(({ kind }) => kind === 'rope').length;
  };
  expect(file.config.layers).toBe(2);
  expect([rotations(), rotations([true, true]), rotations([true, false]), rotations([false, false])]).toEqual(
    [4, 4, 2, 0],
  );
  await file.close();
});
