// Tests the check of line counts: the limit of 400 lines applies to code files that git tracks or would track.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { filesOverLineLimit } from '../../tools/lines.js';

it('filesOverLineLimit reports code files over the limit, but no ignored files and no documents', () => {
  const root = mkdtempSync(join(tmpdir(), 'quire-lines-'));
  try {
    execFileSync('git', ['init', '--quiet'], { cwd: root });
    const write = (name: string, lines: number): void =>
      writeFileSync(join(root, name), 'line\n'.repeat(lines));
    writeFileSync(join(root, '.gitignore'), 'ignored.ts\n');
    write('allowed.ts', 400);
    write('long.css', 401);
    write('ignored.ts', 500);
    write('document.md', 500);
    expect(filesOverLineLimit(root)).toEqual(['long.css has 401 lines; at most 400 are allowed']);
  } finally {
    rmSync(root, { recursive: true });
  }
});
