import { expect, it } from 'vitest';
import { modulePattern } from './module-pattern.ts';

const MODULE = 'model.layers.10.self_attn.q_proj';

it.each([
  ['q_proj', true],
  ['self_attn.q_proj', true],
  ['proj', false],
  ['k_proj', false],
  [String.raw`layers\.10\.self_attn\.q_proj`, true],
  [String.raw`layers\.1\.self_attn\.q_proj`, false],
  [String.raw`^model\.layers\.\d+\.self_attn\.q_proj`, true],
  ['layers.[0-9]+.self_attn.[qk]_proj', true],
  ['.*q_proj$', true],
])('the pattern %s matches a module: %s', (pattern, matches) => {
  expect(modulePattern(pattern)?.(MODULE)).toBe(matches);
});

it.each(['(a+)+$', '(q|k)_proj', 'a|b', 'a{1,9}', '.*a.*b.*c.*d', 'a**', '[', '', 'x'.repeat(300), '(?=q)'])(
  'the pattern %s is not supported',
  (pattern) => expect(modulePattern(pattern)).toBeUndefined(),
);

it('matching takes a bounded time', () => {
  const matches = modulePattern('.*a.*b.*c')!;
  const started = performance.now();
  matches('ab'.repeat(250));
  expect(performance.now() - started).toBeLessThan(2000); // cubic in at most 512 characters
});
