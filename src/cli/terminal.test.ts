// Tests that all output of the command line is written by terminal.ts, which escapes control characters.

import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test, vi } from 'vitest';
import { writeDiagnostic, writeDiagnosticJson, writeOutput, writeOutputJson } from './terminal.ts';

const FOLDER = fileURLToPath(new URL('.', import.meta.url));

test('no file except terminal.ts writes to standard output or standard error', () => {
  const files = readdirSync(FOLDER).filter((name) => /(?<!\.test)\.ts$/.test(name) && name !== 'terminal.ts');
  expect(files.length).toBeGreaterThan(10);
  const writers = files.filter((name) =>
    /process\.std(out|err)\.(write|end)|console\.\w+\(/.test(readFileSync(`${FOLDER}${name}`, 'utf8')),
  );
  expect(writers).toEqual([]);
});

afterEach(() => vi.restoreAllMocks());

test('control characters are not written to a terminal', () => {
  const writtenTexts: string[] = [];
  for (const stream of [process.stdout, process.stderr])
    vi.spyOn(stream, 'write').mockImplementation((text) => writtenTexts.push(String(text)) > 0);
  const { isTTY } = process.stdout;
  const hostileText = '\u001b[2Jx\u009b31m\u0007';
  try {
    process.stdout.isTTY = true;
    writeOutput(hostileText);
    writeOutputJson({ text: hostileText });
    writeDiagnostic(hostileText);
    writeDiagnosticJson(JSON.stringify({ text: hostileText }));
    expect(writtenTexts.join('').replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
    process.stdout.isTTY = false;
    writeOutput(hostileText); // output to a file is not escaped
    expect(writtenTexts.at(-1)).toBe(hostileText);
  } finally {
    process.stdout.isTTY = isTTY;
  }
});
