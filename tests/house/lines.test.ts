// The wall of 400 lines: over what git tracks or would track.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { filesBeyondTheWall } from '../../tools/lines.js';

it('names code files beyond the wall, and neither ignored files nor texts', () => {
  const root = mkdtempSync(join(tmpdir(), 'quire-lines-'));
  try {
    execFileSync('git', ['init', '--quiet'], { cwd: root });
    const write = (name: string, lines: number): void =>
      writeFileSync(join(root, name), 'line\n'.repeat(lines));
    writeFileSync(join(root, '.gitignore'), 'ignored.ts\n');
    write('wall.ts', 400);
    write('beyond.css', 401);
    write('ignored.ts', 500);
    write('story.md', 500);
    expect(filesBeyondTheWall(root)).toEqual(['beyond.css has 401 lines; the wall is 400']);
  } finally {
    rmSync(root, { recursive: true });
  }
});
