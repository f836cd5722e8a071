import { beforeAll, expect, test, vi } from 'vitest';
import { main } from './main.ts';

/** Returns the exit code and the standard error. */
async function failing(...args: string[]): Promise<{ code: number; error: string }> {
  let error = '';
  const write = vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    error += text;
    return true;
  });
  try {
    return { code: await main(args), error };
  } finally {
    write.mockRestore();
  }
}

// An unknown name loads all commands, which takes a while from uncompiled sources.
beforeAll(() => failing('rum'), 60_000);

test.each([
  [
    ['run', '--prompt', 'x', '--max-token', '3'],
    /^unknown_option: .*'--max-token'; did you mean --max-tokens\?$/,
  ],
  [['run', '--prompt', 'x', '--zzz'], /^unknown_option: .*'--zzz'; see quire run --help$/],
  [['run', '--promt', 'x'], /^unknown_option: .*'--promt'; did you mean --prompt\?$/],
  [['run', '--prompt', 'x', '--port', '3'], /^unknown_option: .*'--port'; (?!did you mean --port\?)/],
  [['rum'], /^unknown_option: .*'rum'; did you mean run\?$/],
  [['run'], /^bad_option: .*--prompt <text>/],
  [['run', '--prompt'], /^bad_option: .*--prompt <text>.*argument missing/],
  [['run', '--prompt', 'x', '--max-tokens', 'ten'], /^bad_option: .*--max-tokens.*'ten'.*whole number/],
  [['run', '--prompt', 'x', '--kv-memory', '5XB'], /^bad_option: .*--kv-memory.*'5XB'.*512MiB/],
  [['run', '--prompt', 'x', '--cache', 'pagd'], /^bad_option: .*--cache.*'pagd'.*none, contiguous, paged/],
  [['run', '--prompt', 'x', 'more'], /^bad_option: .*arguments/],
  [['lab', 'render'], /^bad_option: missing required argument 'folder'; see quire lab render --help$/],
  [['lab', 'compare', 'a'], /^bad_option: missing required argument 'b'; see quire lab compare --help$/],
  [['lab', 'compare', 'a', 'b', '--jsn'], /^unknown_option: .*'--jsn'; did you mean --json\?$/],
  [['lab', 'render', 'a', 'b'], /^bad_option: too many arguments.*; see quire lab render --help$/],
  [['lab', 'render', 'a', '--language', 'fr'], /^bad_option: .*--language.*en, zh/],
  [['tokenize'], /^bad_option: .*--file/],
  [['tokenize', 'text', '--file', 'f'], /^bad_option: .*--file/],
])('quire %j is a usage error: one line, exit code 2', async (args, line) => {
  const { code, error } = await failing(...args);
  expect(code).toBe(2);
  expect(error.endsWith('\n')).toBe(true);
  expect(error.slice(0, -1)).toMatch(line);
  expect(error.trimEnd()).not.toContain('\n');
});
