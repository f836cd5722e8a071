import { expect, test } from 'vitest';
import { faultLine } from './serve.ts';

test('with --log-json an error of a turn is logged as a JSON line, like those of requests', () => {
  const lines: string[] = [];
  faultLine({ logJson: true }, (line) => lines.push(line))('storage_failed: a\nb');
  expect(lines).toHaveLength(1);
  expect(JSON.parse(lines[0]!)).toMatchObject({ msg: 'storage_failed: a\nb', level: 50 });
});
