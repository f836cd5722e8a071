// Tests what must be true of a checkout that is released, and that this checkout could be.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { changelogProblems, lockfileProblems } from '../../tools/release/check-release.ts';
import { ROOT } from '../support/fixtures.ts';

describe('changelogProblems', () => {
  it('accepts a section of the version with entries', () => {
    expect(changelogProblems('# Changelog\n\n## 1.2.0 (2026-12-01)\n\n- **x** because y\n', '1.2.0')).toEqual(
      [],
    );
  });

  it.each([
    ['## Unreleased\n\n- x\n', /no section 1\.2\.0: name the section Unreleased/],
    ['## 1.1.0\n\n- x\n', /no section 1\.2\.0$/],
    ['## 1.2.0\n\n## 1.1.0\n\n- x\n', /has no entries/],
  ])('rejects %j', (changelog, problem) => {
    expect(changelogProblems(changelog, '1.2.0')).toEqual([expect.stringMatching(problem)]);
  });
});

describe('lockfileProblems', () => {
  const lockfile = (entry: object): string =>
    JSON.stringify({ version: '1.0.0', packages: { '': {}, 'node_modules/a': entry } });

  it.each([
    ['a package without a checksum', { version: '1.0.0' }, /no checksum/],
    ['a download address', { integrity: 'sha512-x', resolved: 'https://example.com/a.tgz' }, /address/],
  ])('rejects %s', (_, entry, problem) => {
    expect(lockfileProblems(lockfile(entry), '1.0.0')).toEqual([expect.stringMatching(problem)]);
  });

  it('rejects the version of an earlier release, and accepts this checkout', async () => {
    expect(lockfileProblems(lockfile({ integrity: 'sha512-x' }), '1.0.1')).toEqual([
      expect.stringMatching(/version 1\.0\.0/),
    ]);
    const { version } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as { version: string };
    expect(lockfileProblems(await readFile(join(ROOT, 'package-lock.json'), 'utf8'), version)).toEqual([]);
  });
});
