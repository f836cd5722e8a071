import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { modelPath } from './model-reference.ts';

test('a path is returned unchanged, and embedded is a file of the package', async () => {
  expect(await modelPath('models/x.gguf')).toBe('models/x.gguf');
  expect(existsSync(await modelPath('embedded'))).toBe(true);
});

test('an hf: reference is resolved by the hub', async () => {
  const environment = { HF_HUB_OFFLINE: '1', HF_HOME: '/nowhere' };
  await expect(modelPath('hf:owner/repo', { environment })).rejects.toMatchObject({ code: 'offline' });
  await expect(modelPath('hf:owner', { environment })).rejects.toMatchObject({ code: 'bad_option' });
});
