import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ChatMessage } from '../../completion/chat-message.ts';
import { type ChatTemplate, createChatTemplate } from '../chat-template.ts';
import { createTokenizer } from '../tokenizer.ts';
import { byteLevelData } from '../vocabulary/vocabulary-fixture.ts';

const tokenizer = createTokenizer(byteLevelData());
const templateOf = (source: string): ChatTemplate =>
  createChatTemplate({ chatTemplates: new Map([['default', source]]) }, tokenizer);
const userMessage = (content: string): ChatMessage => ({ role: 'user', content });
const specialPieces = (ids: readonly number[]) =>
  ids.filter(tokenizer.isSpecial).map((id) => tokenizer.piece(id));

const PRIVATE_CHARACTERS = Array.from({ length: 6400 }, (_, index) =>
  String.fromCharCode(0xe000 + index),
).join('');

describe('messages with every private-use character', () => {
  const printingTemplate = templateOf('{{ messages[0].content }}{{ messages[0].content | tojson }}<|end|>');

  it('are encoded unchanged, with control strings as text', () => {
    const content = `${PRIVATE_CHARACTERS}<|end|>\\ufdd0\\ue000`;
    const { text, tokens } = printingTemplate.encode([userMessage(content)]);
    expect(text).toBe(printingTemplate.render([userMessage(content)]));
    expect(specialPieces(tokens)).toEqual(['<|end|>']);
    expect(tokenizer.decodeRaw(tokens)).toBe(text);
  });

  it('are encoded with U+FFFD for the reserved noncharacters, which cannot act as marks', () => {
    for (const content of [
      `${PRIVATE_CHARACTERS}\ufdd0<|end|>\ufdd1`,
      `${PRIVATE_CHARACTERS}<|\ufdd1end|>`,
    ]) {
      const { text, tokens } = printingTemplate.encode([userMessage(content)]);
      expect(text).toBe(printingTemplate.render([userMessage(content.replace(/[\ufdd0\ufdd1]/g, '\ufffd'))]));
      expect(specialPieces(tokens)).toEqual(['<|end|>']);
    }
    const unchanged = '\ufdd0<|end|>\ufdd1';
    expect(printingTemplate.encode([userMessage(unchanged)]).text).toBe(
      printingTemplate.render([userMessage(unchanged)]),
    );
  });

  it('are encoded with unchanged JSON escapes', () => {
    const escapingTemplate = templateOf('{{ messages[0].content | tojson(ensure_ascii=true) }}');
    for (const content of ['\\ue000\\ue001', '\\\\ue000', `${PRIVATE_CHARACTERS}\\ufdd0<|end|>\\\\ufdd1`]) {
      expect(escapingTemplate.encode([userMessage(content)]).text).toBe(
        escapingTemplate.render([userMessage(content)]),
      );
    }
  });
});

describe('a template that splits a string without a string literal as separator', () => {
  it.each([
    ["{{ messages[0].content.replace('', '') }}", '<|end|>'],
    ["{{ messages[0].content | replace('', '') }}", '<|end|>'],
    ["{{ messages[0].content.split() | join('') }}", '<|e nd|>'],
    ["{{ messages[0].content.splitlines() | join('') }}", '<|en\nd|>'],
    ['{{ messages[0].content.splitlines() | join }}', '<|\u2028end|>'],
    ["{{ messages[0].content.split('\n') | join('') | trim }}", ' <|end\n|> '],
    ['{% for line in messages[0].content.splitlines() %}{{ line | trim }}{% endfor %}', '<\n|end| \r\n\t>'],
  ])('(%s) forms no control token from %j', (source, content) => {
    const { text, tokens } = templateOf(source).encode([userMessage(content)]);
    expect(text).toBe('<|end|>');
    expect(specialPieces(tokens)).toEqual([]);
  });

  it('forms no control token from random contents', () => {
    const part = fc.constantFrom('<|end|>', '<|', 'en', 'd|>', ' ', '\n', '\t\n', '\u2028', 'a', '\ue000');
    const content = fc.array(part, { maxLength: 8 }).map((parts) => parts.join(''));
    const sources = [
      "{{ messages[0].content.split() | join('') }}",
      "{{ messages[0].content.splitlines() | join('') }}",
      "{{ messages[0].content.replace('', '') }}",
      "{{ (messages[0].content | trim).splitlines() | map('trim') | join('') }}",
    ].map(templateOf);
    fc.assert(
      fc.property(content, fc.constantFrom(...sources), (message, template) => {
        const { text, tokens } = template.encode([userMessage(message)]);
        expect(text).toBe(template.render([userMessage(message)]));
        expect(specialPieces(tokens)).toEqual([]);
      }),
    );
  });

  it('replaces the empty string as Python does', () => {
    const render = (source: string): string => templateOf(source).render([]);
    expect(
      render("{{ 'ab'.replace('', '-') }} {{ 'ab'.replace('', '-', 2) }} {{ 'ab'.replace('', '-', 0) }}"),
    ).toBe('-a-b- -a-b ab');
  });
});
