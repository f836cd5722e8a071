import { expect, test } from 'vitest';
import { formatHubReference, parseHubReference } from './hub-reference.ts';

test.each([
  ['hf:owner/repo', 'owner/repo', 'main', undefined],
  ['hf:owner/repo:Q4_K_M', 'owner/repo', 'main', 'Q4_K_M'],
  ['hf:o.w-n_1/Re.po:sub/model.gguf', 'o.w-n_1/Re.po', 'main', 'sub/model.gguf'],
  ['hf:owner/repo@v1.0', 'owner/repo', 'v1.0', undefined],
  ['hf:owner/repo@refs/pr/1:a.gguf', 'owner/repo', 'refs/pr/1', 'a.gguf'],
])('parseHubReference and formatHubReference convert %s', (text, repo, revision, file) => {
  expect(parseHubReference(text)).toEqual({ repo, revision, file });
  expect(formatHubReference({ repo, revision, file })).toBe(text);
});

test.each([
  'owner/repo',
  'hf:',
  'hf:repo',
  'hf:a/b/c',
  'hf:/repo',
  'hf:owner/',
  'hf:../repo',
  'hf:owner/..',
  'hf:owner/a--b',
  'hf:owner/a b',
  'hf:owner/repo?x=1',
  'hf:owner/repo#x',
  'hf:owner/repo@',
  'hf:owner/repo@../x',
  'hf:owner/repo@/x',
  'hf:owner/repo:',
  'hf:owner/repo:../x.gguf',
  'hf:owner/repo:/etc/passwd',
  'hf:owner/repo:a\\b',
  'hf:owner/repo:a\0',
  `hf:owner/${'x'.repeat(300)}`,
])('parseHubReference rejects %j', (text) => {
  expect(() => parseHubReference(text)).toThrow(
    expect.objectContaining({ code: 'bad_option', hint: expect.stringContaining('hf:owner/repo') }),
  );
});
