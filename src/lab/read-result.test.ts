import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { labResult } from '../../tests/support/lab-result.ts';
import { temporaryFolder } from '../../tests/support/temporary-folder.ts';
import { readResult } from './read-result.ts';

const folder = temporaryFolder('read-result');

const unreadableError = (problem: RegExp) =>
  expect.objectContaining({ code: 'file_unreadable', message: expect.stringMatching(problem) });

test('readResult rejects a folder, a device and a link to a device', async () => {
  const [inner, link] = [join(folder, 'inner.json'), join(folder, 'link.json')];
  mkdirSync(inner);
  symlinkSync('/dev/zero', link);
  for (const path of [inner, '/dev/zero', link])
    await expect(readResult(path)).rejects.toEqual(unreadableError(/it is not a file$/));
});

test('readResult rejects a file that is not JSON or is nested too deeply to be written again', async () => {
  const path = join(folder, 'peers.json');
  for (const contents of ['', 'words', '{"format":', '{"seconds":NaN}']) {
    writeFileSync(path, contents);
    await expect(readResult(path)).rejects.toEqual(unreadableError(/it is not JSON$/));
  }
  const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
  const data = { version: 1, values: { deep: '@' } };
  writeFileSync(path, JSON.stringify(labResult({ experiment: 'peers', data })).replace('"@"', deep));
  await expect(readResult(path)).rejects.toEqual(unreadableError(/nested more than \d+ levels deep$/));
});
