// Tests the edge cases of requests in the table of docs/edges.md.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createBufferSource } from '../../src/formats/buffer-source.ts';
import { readGgufMetadata } from '../../src/formats/gguf/metadata.ts';
import { readGgufTensors } from '../../src/formats/gguf/tensors.ts';
import type { Engine } from '../../src/index.ts';
import { loadEngine } from '../../src/index.ts';
import { fixture } from '../support/fixtures.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const CONTEXT = 16;
const PROMPT = [5, 6, 7, 8];

let engine: Engine;
beforeAll(async () => {
  engine = await loadEngine({ model: fixture('tiny-gpt2'), context: CONTEXT });
});
afterAll(() => engine.dispose());

const greedy = { temperature: 0, repetitionPenalty: 1 } as const;
const excludeAllTokens = (vocabSize: number): [number, number][] =>
  Array.from({ length: vocabSize }, (_, id) => [id, Number.NEGATIVE_INFINITY]);

describe('an empty prompt', () => {
  it('causes an error if the model adds no start token', async () => {
    const { result } = engine.generate({ prompt: '', raw: true, ...greedy });
    await expect(result).rejects.toMatchObject({ code: 'empty_prompt' });
    await expect(engine.generate({ tokens: [], ...greedy }).result).rejects.toMatchObject({
      code: 'empty_prompt',
    });
  });

  it('contains only the start token if the model adds one', async () => {
    await using other = await loadEngine({ model: fixture('tiny-llama'), context: CONTEXT });
    const result = await other.generate({ prompt: '', raw: true, maxTokens: 2, ...greedy }).result;
    expect(result).toMatchObject({ promptTokens: 1, generatedTokens: 2, finishReason: 'length' });
  });
});

it('a request with maxTokens 0 generates and computes no tokens', async () => {
  const stream = engine.generate({ tokens: PROMPT, maxTokens: 0, ...greedy });
  const pieces: string[] = [];
  for await (const piece of stream) pieces.push(piece);
  expect(pieces).toEqual([]);
  expect(await stream.result).toMatchObject({
    text: '',
    tokens: [],
    promptTokens: 4,
    computedTokens: 0,
    generatedTokens: 0,
    finishReason: 'length',
  });
});

describe('a prompt', () => {
  const tokensOf = (count: number): number[] => Array.from({ length: count }, (_, i) => 4 + i);

  it('as long as the context causes an error that states the number of tokens and the limit', async () => {
    await expect(engine.generate({ tokens: tokensOf(CONTEXT), ...greedy }).result).rejects.toMatchObject({
      code: 'context_length_exceeded',
      message: expect.stringMatching(/16 tokens.* context has 16 tokens/),
    });
  });

  it('one token shorter than the context allows one generated token', async () => {
    const { result } = engine.generate({ tokens: tokensOf(CONTEXT - 1), ...greedy });
    expect(await result).toMatchObject({ generatedTokens: 1, finishReason: 'length' });
  });
});

describe('a request without an allowed token', () => {
  it.each([0, 1])(
    'fails with no_token_allowed at temperature %i, and other requests are not affected',
    async (temperature) => {
      const other = engine.generate({ tokens: PROMPT, maxTokens: 6, ...greedy }).result;
      const logitBias = excludeAllTokens(engine.tokenizer.vocabSize);
      const { result } = engine.generate({ tokens: PROMPT, temperature, logitBias });
      await expect(result).rejects.toMatchObject({ code: 'no_token_allowed' });
      const expected = await engine.generate({ tokens: PROMPT, maxTokens: 6, ...greedy }).result;
      expect((await other).tokens).toEqual(expected.tokens);
    },
  );
});

describe('NaN weights', () => {
  const folder = temporaryFolder('edges');

  it.each([0, 1])(
    'make a request fail with bad_logits at temperature %i, and the engine continues to serve',
    async (temperature) => {
      const bytes = readFileSync(fixture('tiny-qwen3-f16.gguf'));
      bytes.writeFloatLE(Number.NaN, await offsetOf(bytes, 'output_norm.weight'));
      const model = join(folder, 'damaged.gguf');
      writeFileSync(model, bytes);
      await using damaged = await loadEngine({ model, context: CONTEXT });
      for (let again = 0; again < 2; again++) {
        const { result } = damaged.generate({ tokens: PROMPT, temperature, maxTokens: 3 });
        await expect(result).rejects.toMatchObject({ code: 'bad_logits' });
      }
    },
  );
});

async function offsetOf(bytes: Uint8Array, tensor: string): Promise<number> {
  const source = createBufferSource(bytes);
  const tensors = await readGgufTensors(source, await readGgufMetadata(source));
  return tensors.find(({ name }) => name === tensor)!.offset;
}

describe('a stop string', () => {
  it('that is part of the first token ends the answer without text', async () => {
    const { text } = await engine.generate({ tokens: PROMPT, maxTokens: 1, ...greedy }).result;
    expect(text).not.toBe('');
    const { result } = engine.generate({ tokens: PROMPT, maxTokens: 5, stop: [text[0]!], ...greedy });
    expect(await result).toMatchObject({ text: '', generatedTokens: 1, finishReason: 'stop' });
  });
});
