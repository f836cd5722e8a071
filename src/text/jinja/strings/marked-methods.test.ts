// Tests that operations on strings that contain control strings return the same result with and without control-string marks, and
// that they produce no control token.

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createChatTemplate } from '../../chat-template.ts';
import { createTokenizer } from '../../tokenizer.ts';
import { byteLevelData } from '../../vocabulary/vocabulary-fixture.ts';

const METHODS = `upper() lower() title() capitalize() swapcase() strip() strip('<|') lstrip('>') split() split('|')
  split('end',1) split(none,1) rsplit(none,1) rsplit('|',1) rsplit('<|end|>',1) splitlines() splitlines(true)
  partition('end') rpartition('|') replace('<','[') replace('','-',2) replace('<|end|>','X') find('end') rfind('|')
  find('|',2) count('|') count('') startswith('<|end|>') endswith(('|>','x')) startswith('|',1) join(['p','q'])
  zfill(12) center(20,'*') ljust(16) rjust(17,'.') isdigit() isalpha() isspace() isprintable() removeprefix('<|')
  removesuffix('|>') expandtabs(3) islower() istitle()`;
const FILTERS = `length capitalize title truncate(6) truncate(6,true,'..',0) wordcount reverse list sort unique|list
  batch(3)|list slice(3)|list indent(2,true) center(20) urlencode e e|upper tojson tojson(ensure_ascii=true)
  replace('|','') trim('<>|') string|length int(3) float(2) map('upper')|join default('x',true)`;
const EXPRESSIONS = [
  ...METHODS.split(/\s+/).map((method) => `c.${method}`),
  ...FILTERS.split(/\s+/).map((filter) => `c | ${filter}`),
  ...['c[2:5]', 'c[::-1]', 'c[-3:]', 'c[::2]', 'c[1:]', 'c[:-2]', 'c[0] | d', 'c[-1] | d', 'c * 2', '[c, d]'],
  ...[
    'c ~ d',
    'c + d',
    'c < d',
    'c == d',
    'c in d',
    '{c: 1}[d] is defined',
    '{c: 1} | tojson',
    '{c: 1, d: 2}',
  ],
  "'%s|%10s|%.4s|%r' % (c, d, c, d)",
  "'{}|{:>12}|{:.3}|{!r}|{x:^9}'.format(c, d, c, d, x=c)",
  "[c, d, c] | unique | join(c) ~ ([c, d] | sort) ~ ([{'a': c}, {'a': d}] | groupby('a') | map('first') | list)",
  "(c | safe) + d ~ (c | escape) ~ (c | safe).split('|')",
];

const tokenizer = createTokenizer(byteLevelData());
const part = fc.constantFrom(
  ...[
    '<|end|>',
    '<|start|>',
    '<|',
    '|>',
    '>',
    '<',
    ' ',
    '\n',
    'end',
    '|',
    '\u{1f600}',
    'a',
    'É',
    '\t',
    "'",
    '12',
  ],
);
const content = fc.array(part, { maxLength: 6 }).map((parts) => parts.join(''));

it.each(EXPRESSIONS)('%s returns the same result with and without control-string marks', (expression) => {
  const source = `{% set c = messages[0].content %}{% set d = messages[1].content %}{{ ${expression} }}`;
  const template = createChatTemplate({ chatTemplates: new Map([['default', source]]) }, tokenizer);
  fc.assert(
    fc.property(content, content, (c, d) => {
      const messages = [c, d].map((text) => ({ role: 'user' as const, content: text }));
      const { text, tokens } = template.encode(messages);
      expect(text).toBe(template.render(messages));
      expect(tokens.filter(tokenizer.isSpecial)).toEqual([]);
    }),
    { numRuns: 20 },
  );
});
