import { expect, test } from 'vitest';
import { readModelName } from './model-name.ts';

test.each([
  ['big=./a.gguf', 'big', './a.gguf'],
  ['a.B-c_1=hf:owner/repo:Q8_0', 'a.B-c_1', 'hf:owner/repo:Q8_0'],
  ['x=a=b.gguf', 'x', 'a=b.gguf'],
  ['./a=b.gguf', undefined, './a=b.gguf'],
  ['/models/a=b.gguf', undefined, '/models/a=b.gguf'],
  ['embedded', undefined, 'embedded'],
  ['=x', undefined, '=x'],
  ['x=', undefined, 'x='],
  [`${'n'.repeat(65)}=x`, undefined, `${'n'.repeat(65)}=x`],
])('readModelName splits %s into a name and a reference', (text, name, reference) => {
  expect(readModelName(text)).toEqual({ name, reference });
});
