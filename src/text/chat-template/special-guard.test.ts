import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ChatMessage } from '../../completion/chat-message.ts';
import { type ChatTemplate, createChatTemplate } from '../chat-template.ts';
import { createTokenizer } from '../tokenizer.ts';
import { byteLevelData } from '../vocabulary/vocabulary-fixture.ts';

const tokenizer = createTokenizer(byteLevelData());
const one = (source: string): ChatTemplate =>
  createChatTemplate({ chatTemplates: new Map([['default', source]]) }, tokenizer);
const user = (content: string): ChatMessage => ({ role: 'user', content });
const specials = (ids: readonly number[]) => ids.filter(tokenizer.isSpecial).map((id) => tokenizer.piece(id));

const privates = Array.from({ length: 6400 }, (_, index) => String.fromCharCode(0xe000 + index)).join('');

describe('strings with every private character', () => {
  const tells = one('{{ messages[0].content }}{{ messages[0].content | tojson }}<|end|>');

  it('are encoded unchanged, with control strings as text', () => {
    const content = `${privates}<|end|>\\ufdd0\\ue000`;
    const { text, tokens } = tells.encode([user(content)]);
    expect(text).toBe(tells.render([user(content)]));
    expect(specials(tokens)).toEqual(['<|end|>']);
    expect(tokenizer.decodeRaw(tokens)).toBe(text);
  });

  it('lose the reserved noncharacters, and cannot forge marks with them', () => {
    for (const content of [`${privates}\ufdd0<|end|>\ufdd1`, `${privates}<|\ufdd1end|>`]) {
      const { text, tokens } = tells.encode([user(content)]);
      expect(text).toBe(tells.render([user(content.replace(/[\ufdd0\ufdd1]/g, '\ufffd'))]));
      expect(specials(tokens)).toEqual(['<|end|>']);
    }
    const kept = '\ufdd0<|end|>\ufdd1';
    expect(tells.encode([user(kept)]).text).toBe(tells.render([user(kept)]));
  });

  it('keep their JSON escapes', () => {
    const escapes = one('{{ messages[0].content | tojson(ensure_ascii=true) }}');
    for (const content of ['\\ue000\\ue001', '\\\\ue000', `${privates}\\ufdd0<|end|>\\\\ufdd1`]) {
      expect(escapes.encode([user(content)]).text).toBe(escapes.render([user(content)]));
    }
  });
});

describe('a template that splits without a string literal', () => {
  it.each([
    ["{{ messages[0].content.replace('', '') }}", '<|end|>'],
    ["{{ messages[0].content | replace('', '') }}", '<|end|>'],
    ["{{ messages[0].content.split() | join('') }}", '<|e nd|>'],
    ["{{ messages[0].content.splitlines() | join('') }}", '<|en\nd|>'],
    ['{{ messages[0].content.splitlines() | join }}', '<|\u2028end|>'],
    ["{{ messages[0].content.split('\n') | join('') | trim }}", ' <|end\n|> '],
    ['{% for line in messages[0].content.splitlines() %}{{ line | trim }}{% endfor %}', '<\n|end| \r\n\t>'],
  ])('%s makes no control string of %j', (source, content) => {
    const { text, tokens } = one(source).encode([user(content)]);
    expect(text).toBe('<|end|>');
    expect(specials(tokens)).toEqual([]);
  });

  it('and joins the pieces in any way', () => {
    const part = fc.constantFrom('<|end|>', '<|', 'en', 'd|>', ' ', '\n', '\t\n', '\u2028', 'a', '\ue000');
    const content = fc.array(part, { maxLength: 8 }).map((parts) => parts.join(''));
    const sources = [
      "{{ messages[0].content.split() | join('') }}",
      "{{ messages[0].content.splitlines() | join('') }}",
      "{{ messages[0].content.replace('', '') }}",
      "{{ (messages[0].content | trim).splitlines() | map('trim') | join('') }}",
    ].map(one);
    fc.assert(
      fc.property(content, fc.constantFrom(...sources), (said, template) => {
        const { text, tokens } = template.encode([user(said)]);
        expect(text).toBe(template.render([user(said)]));
        expect(specials(tokens)).toEqual([]);
      }),
    );
  });

  it('gets characters and the text between them as in Python', () => {
    const render = (source: string): string => one(source).render([]);
    expect(
      render("{{ 'ab'.replace('', '-') }} {{ 'ab'.replace('', '-', 2) }} {{ 'ab'.replace('', '-', 0) }}"),
    ).toBe('-a-b- -a-b ab');
  });
});
