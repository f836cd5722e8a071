import { expect, test } from 'vitest';
import { TinyModel } from '../../tests/support/models/tiny-model.ts';
import { countWork } from './work.ts';

test('countWork counts the operations and bytes of the linear layers of a small Llama model', () => {
  const { program } = new TinyModel('llama', 'F16');
  const layout = { groups: program.kvGroups, dtype: 'f16' as const, blockSize: 16 };
  const perLayer = 32 * (32 + 16 + 16 + 32 + 3 * 64);
  expect(countWork(program, layout)).toEqual({
    opsPerToken: 2 * 2 * perLayer,
    opsPerRow: 2 * 20 * 32,
    weightBytes: 2 * (2 * perLayer + 20 * 32),
    kvBytesPerToken: 2 * 2 * 2 * 16,
    kvGroups: [{ bytesPerToken: 2 * 2 * 2 * 16 }],
    mainDtype: 'F16',
  });
});
