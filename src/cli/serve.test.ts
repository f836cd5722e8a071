import { expect, test } from 'vitest';
import { createFaultLog } from './serve.ts';

test('createFaultLog with logJson writes an error as one JSON line', () => {
  const lines: string[] = [];
  createFaultLog({ logJson: true }, (line) => lines.push(line))('storage_failed: a\nb');
  expect(lines).toHaveLength(1);
  expect(JSON.parse(lines[0]!)).toMatchObject({ msg: 'storage_failed: a\nb', level: 50 });
});
