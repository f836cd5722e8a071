// Compares the tokenizers and chat templates of the fixtures with transformers.

import { beforeAll, describe, expect, it } from 'vitest';
import { openTokenizer } from '../../src/formats/node/open-model.ts';
import { type ChatTemplate, createChatTemplate } from '../../src/text/chat-template.ts';
import { createTokenizer, type Tokenizer } from '../../src/text/tokenizer.ts';
import { fixtures } from './golden-file.ts';

describe.each(fixtures())('text of $name', ({ model, golden }) => {
  let tokenizer: Tokenizer;
  let template: ChatTemplate;
  beforeAll(async () => {
    const data = await openTokenizer(model);
    tokenizer = createTokenizer(data);
    template = createChatTemplate(data, tokenizer);
  });

  it('is encoded as by transformers and decoded to the original text', () => {
    for (const { text, tokens, tokensWithBos } of golden.texts ?? []) {
      expect(tokenizer.encode(text, { special: 'parse' }), text).toEqual(tokens);
      expect(tokenizer.decodeRaw(tokens)).toBe(text);
      if (!text.includes('<|')) expect(tokenizer.encodePrompt(text), text).toEqual(tokensWithBos);
    }
  });

  it('has no special tokens for control strings by default', () => {
    const ids = tokenizer.encode('<|im_start|>user');
    expect(ids.some((id) => tokenizer.isSpecial(id))).toBe(false);
    expect(tokenizer.decode(ids)).toBe('<|im_start|>user');
  });

  it.each(golden.chats ?? [])(
    'is rendered and encoded from a chat as by transformers',
    ({ messages, addGenerationPrompt, text, tokens }) => {
      expect(tokenizer.encode(text, { special: 'parse' })).toEqual(tokens);
      expect(template.encode(messages, { addGenerationPrompt })).toEqual({ text, tokens });
    },
  );
});
