// Tests sampling options with the whole engine and a tiny model with random weights: where answers end, forbidden tokens,
// log probabilities, and requests without an allowed token.

import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { StepResult } from '../../src/base/step/step-plan.ts';
import type { GenerationResult } from '../../src/completion/generation.ts';
import { createConversation, type Engine, type GenerateRequest, loadEngine } from '../../src/index.ts';

const FIXTURES = fileURLToPath(new URL('./fixtures/', import.meta.url));
const PROMPT = [10, 20, 30, 40];
const GREEDY = { tokens: PROMPT, temperature: 0, repetitionPenalty: 1, maxTokens: 8 } as const;

let engine: Engine;
const steps: StepResult[] = [];
beforeAll(async () => {
  engine = await loadEngine({
    model: join(FIXTURES, 'tiny-llama'),
    onStep: (_, result) => steps.push(result),
  });
});
afterAll(() => engine.dispose());

const answer = (request: GenerateRequest): Promise<GenerationResult> => engine.generate(request).result;
const idOf = (token: string): number => engine.tokenizer.encode(token, { place: 'inside' })[0]!;
const alwaysHeRequest = () => ({ ...GREEDY, logitBias: { [idOf('he')]: 100 } });
const allIds = (): number[] => Array.from({ length: 384 }, (_, id) => id);

describe('an answer', () => {
  test.each([
    ['he', ''],
    ['h', ''],
    ['e', 'h'],
  ])('with the stop string %j and the first token "he" has the text %j', async (stop, text) => {
    expect((await answer({ ...alwaysHeRequest(), maxTokens: 1 })).text).toBe('he');
    const result = await answer({ ...alwaysHeRequest(), stop: [stop] });
    expect(result).toMatchObject({ text, generatedTokens: 1, finishReason: 'stop' });
  });

  test('with maxTokens 0 is empty, and no tokens are computed', async () => {
    const stepsBefore = steps.length;
    const result = await answer({ ...GREEDY, maxTokens: 0, logprobs: 2 });
    expect(result).toMatchObject({
      text: '',
      tokens: [],
      logprobs: [],
      promptTokens: PROMPT.length,
      cachedTokens: 0,
      computedTokens: 0,
      generatedTokens: 0,
      finishReason: 'length',
    });
    expect(steps.length).toBe(stepsBefore);
    const pieces: string[] = [];
    for await (const piece of engine.generate({ ...GREEDY, maxTokens: 0 })) pieces.push(piece);
    expect(pieces).toEqual([]);
  });

  test('does not end at a stop token before minTokens', async () => {
    const [first, second] = (await answer(GREEDY)).tokens as [number, number];
    const stopTokens = [first, second];
    expect((await answer({ ...GREEDY, stopTokens })).tokens).toEqual([first]);
    const { tokens } = await answer({ ...GREEDY, stopTokens, minTokens: 5 });
    expect(tokens.length).toBeGreaterThanOrEqual(5);
    expect(tokens.slice(0, 5).filter((token) => stopTokens.includes(token))).toEqual([]);
  });

  test('does not end at the end token of the model before minTokens', async () => {
    const [end] = engine.tokenizer.eosIds as [number];
    const endImmediately = { ...GREEDY, logitBias: { [end]: 100 } };
    expect(await answer(endImmediately)).toMatchObject({ tokens: [end], finishReason: 'stop' });
    const { tokens } = await answer({ ...endImmediately, minTokens: 3 });
    expect(tokens.indexOf(end)).toBe(3);
  });
});

describe('a forbidden token', () => {
  test('of a bad word is never selected, with or without a space before it', async () => {
    for (const word of ['a', ' a']) {
      const preferred = { ...GREEDY, logitBias: { [idOf(word)]: 100 } };
      expect(new Set((await answer(preferred)).tokens)).toEqual(new Set([idOf(word)]));
      expect((await answer({ ...preferred, badWords: ['a'] })).tokens).not.toContain(idOf(word));
    }
  });

  test('of a bad word is never selected in a conversation, in one of several choices, or in a fork', async () => {
    const preferred = { temperature: 0, maxTokens: 4, logitBias: { [idOf('a')]: 100 }, badWords: ['a'] };
    const chat = createConversation(engine);
    const turn = await chat.send('hi', preferred).result;
    expect(turn.generatedTokens).toBe(4);
    expect(turn.tokens).not.toContain(idOf('a'));
    for (const { result } of engine.generateChoices({ ...GREEDY, ...preferred }, 2))
      expect((await result).tokens).not.toContain(idOf('a'));
    const { badWords, ...unrestricted } = preferred;
    const parent = engine.generate({ ...GREEDY, ...unrestricted, maxTokens: 60 });
    for await (const _ of parent) break;
    await expect(engine.fork(parent, { badWords: [''] }).result).rejects.toThrow(/badWords/);
    parent.result.catch(() => {});
  });

  test('of long bad words is found without blocking the event loop', async () => {
    const setImmediateSpy = vi.spyOn(globalThis, 'setImmediate');
    await answer({ ...GREEDY, maxTokens: 1, badWords: ['hello there '.repeat(5_000)] });
    expect(setImmediateSpy.mock.calls.length).toBeGreaterThan(2);
    setImmediateSpy.mockRestore();
  });

  test('at the end of a bad sequence is forbidden only after the other tokens of the sequence', async () => {
    const [first, second] = (await answer(GREEDY)).tokens as [number, number];
    const { tokens } = await answer({ ...GREEDY, badTokens: [[first, second]] });
    expect(tokens[0]).toBe(first);
    expect(tokens.some((token, i) => token === first && tokens[i + 1] === second)).toBe(false);
  });

  test.each([
    [{ logitBias: { 384: 1 } }, /logitBias.*384/],
    [{ badTokens: [[1, 999]] }, /badTokens.*999/],
    [{ stopTokens: [384] }, /stopTokens.*384/],
    [{ badWords: ['\ud800'] }, /badWords/],
  ])('outside the vocabulary is rejected: %j', async (options, message) => {
    await expect(answer({ ...GREEDY, ...options })).rejects.toMatchObject({
      code: 'bad_option',
      message: expect.stringMatching(message),
    });
  });
});

test('`generate` rejects an option name of another system and suggests the library name', async () => {
  const request = { ...GREEDY, logit_bias: { 5: 1 } };
  await expect(answer(request)).rejects.toMatchObject({
    code: 'unknown_option',
    hint: expect.stringContaining('logitBias'),
  });
});

describe('log probabilities', () => {
  test('are computed from the raw logits, for each token and the most probable tokens', async () => {
    steps.length = 0;
    const { tokens, logprobs } = await answer({ ...GREEDY, presencePenalty: 2, topK: 1, logprobs: 3 });
    expect(logprobs!.map(({ token }) => token)).toEqual(tokens);
    logprobs!.forEach(({ token, logprob, top }, i) => {
      const logits = [...steps[i]!.logits!];
      const total = Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit), 0));
      expect(logprob).toBeCloseTo(logits[token]! - total, 6);
      const mostProbable = allIds().sort((a, b) => logits[b]! - logits[a]! || a - b);
      expect(top.map((candidate) => candidate.token)).toEqual(mostProbable.slice(0, 3));
      for (const { token: id, logprob: candidate } of top)
        expect(candidate).toBeCloseTo(logits[id]! - total, 6);
    });
  });

  test('are absent by default, and with logprobs 0 include only the selected tokens', async () => {
    expect(await answer(GREEDY)).not.toHaveProperty('logprobs');
    const { logprobs } = await answer({ ...GREEDY, logprobs: 0 });
    expect(logprobs!.every(({ logprob, top }) => logprob < 0 && top.length === 0)).toBe(true);
  });
});

describe('a request without an allowed token', () => {
  test('fails with the reasons, and other requests in the same steps succeed', async () => {
    const expected = (await answer(GREEDY)).tokens;
    const logitBias = allIds().map((id) => [id, Number.NEGATIVE_INFINITY] as const);
    const [failed, other] = await Promise.allSettled([answer({ ...GREEDY, logitBias }), answer(GREEDY)]);
    expect(failed).toMatchObject({
      status: 'rejected',
      reason: { code: 'no_token_allowed', message: expect.stringContaining('384 by logitBias') },
    });
    expect(other).toMatchObject({ status: 'fulfilled', value: { tokens: expected } });
    expect((await answer(GREEDY)).tokens).toEqual(expected);
  });

  test('fails after the streamed tokens if no further token is allowed', async () => {
    const badTokens = allIds().map((id) => [idOf('he'), id]);
    const pieces: string[] = [];
    const streaming = (async () => {
      for await (const piece of engine.generate({ ...alwaysHeRequest(), badTokens })) pieces.push(piece);
    })();
    await expect(streaming).rejects.toMatchObject({
      code: 'no_token_allowed',
      message: expect.stringMatching(/token 2 of the answer.*384 by badWords/),
    });
    expect(pieces.join('')).toBe('he');
  });

  test('fails with bad_logits if its logits are NaN, and other requests succeed', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'quire-damaged-'));
    try {
      cpSync(join(FIXTURES, 'tiny-gpt2'), folder, { recursive: true });
      writeNaNRow(join(folder, 'model.safetensors'), 'transformer.wpe.weight', 6);
      await using damaged = await loadEngine({ model: folder });
      const shortRequest = { ...GREEDY, maxTokens: 2 };
      const [failed, other] = await Promise.allSettled([
        damaged.generate(GREEDY).result,
        damaged.generate(shortRequest).result,
      ]);
      expect(failed).toMatchObject({
        status: 'rejected',
        reason: { code: 'bad_logits', message: expect.stringContaining('token 4 of the answer') },
      });
      expect(other).toMatchObject({ status: 'fulfilled', value: { generatedTokens: 2 } });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

/** Overwrites a row of an F32 tensor in a safetensors file with NaN. */
function writeNaNRow(path: string, tensor: string, row: number): void {
  const bytes = readFileSync(path);
  const headerLength = Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.toString('utf8', 8, 8 + headerLength)) as Record<
    string,
    { readonly shape: readonly number[]; readonly data_offsets: readonly number[] }
  >;
  const { shape, data_offsets } = header[tensor]!;
  const width = shape[1]!;
  const start = 8 + headerLength + data_offsets[0]! + row * width * 4;
  for (let i = 0; i < width; i++) bytes.writeFloatLE(Number.NaN, start + i * 4);
  writeFileSync(path, bytes);
}
