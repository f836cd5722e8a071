import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { modelPath } from './model-reference.ts';

test('modelPath returns a path unchanged; for `embedded`, it returns the path of the model file in the package', async () => {
  expect(await modelPath('models/x.gguf')).toBe('models/x.gguf');
  expect(existsSync(await modelPath('embedded'))).toBe(true);
});

test('modelPath resolves an hf: reference with the hub', async () => {
  const environment = { HF_HUB_OFFLINE: '1', HF_HOME: '/nowhere' };
  await expect(modelPath('hf:owner/repo', { environment })).rejects.toMatchObject({ code: 'offline' });
  await expect(modelPath('hf:owner', { environment })).rejects.toMatchObject({ code: 'bad_option' });
});
