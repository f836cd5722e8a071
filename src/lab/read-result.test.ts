import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { labResult } from '../../tests/support/lab-result.ts';
import { temporaryFolder } from '../../tests/support/temporary-folder.ts';
import { readResult } from './read-result.ts';

const folder = temporaryFolder('read-result');

const unreadable = (problem: RegExp) =>
  expect.objectContaining({ code: 'file_unreadable', message: expect.stringMatching(problem) });

test('a folder, a device and a link to one are not read', async () => {
  const [inner, link] = [join(folder, 'inner.json'), join(folder, 'link.json')];
  mkdirSync(inner);
  symlinkSync('/dev/zero', link);
  for (const path of [inner, '/dev/zero', link])
    await expect(readResult(path)).rejects.toEqual(unreadable(/it is not a file$/));
});

test('a file that is not JSON, or nested too deeply to be written again, is refused', async () => {
  const path = join(folder, 'peers.json');
  for (const words of ['', 'words', '{"format":', '{"seconds":NaN}']) {
    writeFileSync(path, words);
    await expect(readResult(path)).rejects.toEqual(unreadable(/it is not JSON$/));
  }
  const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
  const data = { version: 1, values: { deep: '@' } };
  writeFileSync(path, JSON.stringify(labResult({ experiment: 'peers', data })).replace('"@"', deep));
  await expect(readResult(path)).rejects.toEqual(unreadable(/nested more than \d+ levels deep$/));
});
