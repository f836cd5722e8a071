import { expect, test } from 'vitest';
import { chatLogprobs } from '../../src/server/protocols/openai-chat/chat-logprobs.ts';
import { TextLogprobs } from '../../src/server/protocols/openai-completions/text-logprobs.ts';
import type { Tokenizer } from '../../src/text/tokenizer.ts';

// The bytes of four tokens: the letter a, the two bytes of é, and an end token.
const BYTES = [[0x61], [0xc3], [0xa9], []].map((bytes) => Uint8Array.from(bytes));
const tokenizer = {
  isSpecial: (id: number) => id === 3,
  bytes: (id: number) => BYTES[id],
  decodeRaw: ([id]: readonly number[]) => (id === 3 ? '<|end|>' : new TextDecoder().decode(BYTES[id!])),
} as unknown as Tokenizer;

const logprobOf = (token: number, logprob = -1) => ({ token, logprob, top: [{ token: 0, logprob: -0.5 }] });

test('chatLogprobs reports tokens as text and as bytes', () => {
  const { content } = chatLogprobs([logprobOf(1), logprobOf(3, Number.NEGATIVE_INFINITY)], tokenizer);
  expect(content[0]).toEqual({
    token: '\ufffd',
    logprob: -1,
    bytes: [0xc3],
    top_logprobs: [{ token: 'a', logprob: -0.5, bytes: [0x61] }],
  });
  expect(content[1]).toMatchObject({ token: '<|end|>', logprob: -9999 });
});

test('TextLogprobs reports text offsets that continue from one call to the next', () => {
  const logprobs = new TextLogprobs(tokenizer);
  expect(logprobs.format([logprobOf(0), logprobOf(1)])).toEqual({
    tokens: ['a', 'bytes:\\xc3'],
    token_logprobs: [-1, -1],
    top_logprobs: [{ a: -0.5 }, { a: -0.5 }],
    text_offset: [0, 1],
  });
  expect(logprobs.format([logprobOf(2), logprobOf(0), logprobOf(3)]).text_offset).toEqual([1, 2, 3]);
});
