import { beforeAll, expect, test, vi } from 'vitest';
import { main } from './main.ts';

/** Runs a command. Returns the exit code and the text on standard error. */
async function runCommand(...args: string[]): Promise<{ code: number; error: string }> {
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

// Running an unknown command loads all commands, which is slow from uncompiled sources. The timeouts of the tests exclude this.
beforeAll(() => runCommand('rum'), 60_000);

test.each([
  [
    ['run', '--prompt', 'x', '--max-token', '3'],
    /^unknown_option: .*'--max-token'; did you mean --max-tokens\?$/,
  ],
  [['run', '--prompt', 'x', '--zzz'], /^unknown_option: .*'--zzz'; see quire run --help$/],
  [['run', '--promt', 'x'], /^unknown_option: .*'--promt'; did you mean --prompt\?$/],
  [['run', '--prompt', 'x', '--port', '3'], /^unknown_option: .*'--port'; (?!did you mean --port\?)/],
  [['rum'], /^unknown_option: .*'rum'; did you mean run\?$/],
  [['sevre'], /^unknown_option: .*'sevre'; did you mean serve\?$/],
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
])('quire %j prints one line and ends with exit code 2', async (args, line) => {
  const { code, error } = await runCommand(...args);
  expect(code).toBe(2);
  expect(error.endsWith('\n')).toBe(true);
  expect(error.slice(0, -1)).toMatch(line);
  expect(error.trimEnd()).not.toContain('\n');
});
