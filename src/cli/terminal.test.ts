// All output of the command line goes through terminal.ts.

import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test, vi } from 'vitest';
import { say, sayJson, tell, tellJson } from './terminal.ts';

const FOLDER = fileURLToPath(new URL('.', import.meta.url));

test('no other file writes to standard output or standard error', () => {
  const files = readdirSync(FOLDER).filter((name) => /(?<!\.test)\.ts$/.test(name) && name !== 'terminal.ts');
  expect(files.length).toBeGreaterThan(10);
  const writers = files.filter((name) =>
    /process\.std(out|err)\.(write|end)|console\.\w+\(/.test(readFileSync(`${FOLDER}${name}`, 'utf8')),
  );
  expect(writers).toEqual([]);
});

afterEach(() => vi.restoreAllMocks());

test('control sequences are not written to a terminal', () => {
  const written: string[] = [];
  for (const stream of [process.stdout, process.stderr])
    vi.spyOn(stream, 'write').mockImplementation((text) => written.push(String(text)) > 0);
  const { isTTY } = process.stdout;
  const evil = '\u001b[2Jx\u009b31m\u0007';
  try {
    process.stdout.isTTY = true;
    say(evil);
    sayJson({ evil });
    tell(evil);
    tellJson(JSON.stringify({ evil }));
    expect(written.join('').replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
    process.stdout.isTTY = false;
    say(evil); // output to a file is unchanged
    expect(written.at(-1)).toBe(evil);
  } finally {
    process.stdout.isTTY = isTTY;
  }
});
