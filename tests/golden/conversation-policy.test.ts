// Tests how many tokens of a conversation are computed again when a template removes the reasoning of earlier answers, and
// when a small context requires truncation.

import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { commonPrefixLength } from '../../src/base/common-prefix.ts';
import { createConversation } from '../../src/chat/conversation.ts';
import type { ChatResult } from '../../src/chat/conversation-types.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { loadEngine } from '../../src/engine/node/load-engine.ts';
import { fixture } from '../support/fixtures.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const TINY_MODEL = fixture('tiny-llama');

describe('a template that removes the reasoning of earlier answers', () => {
  const folder = temporaryFolder('reasoning');
  let engine: Engine;

  beforeAll(async () => {
    cpSync(TINY_MODEL, folder, { recursive: true });
    const file = join(folder, 'tokenizer_config.json');
    const settings = JSON.parse(readFileSync(file, 'utf8'));
    // Renders only the last 3 characters of each answer except the last answer, as if the removed text were reasoning.
    settings.chat_template =
      "{{ bos_token }}{% for m in messages %}<|im_start|>{{ m['role'][0] }} " +
      "{% if m['role'] == 'assistant' and loop.index < messages | length - 2 %}{{ m['content'][-3:] }}" +
      "{% else %}{{ m['content'] }}{% endif %}<|im_end|>{% endfor %}" +
      '{% if add_generation_prompt %}<|im_start|>a {% endif %}';
    writeFileSync(file, JSON.stringify(settings));
    engine = await loadEngine({ model: folder, backend: 'reference' });
  });
  afterAll(() => engine.dispose());

  test('a turn computes the tokens from the first changed token on, and finds the tokens before it in the cache', async () => {
    const conversation = createConversation(engine);
    const runTurn = (text: string): Promise<ChatResult> =>
      conversation.send(text, { temperature: 0, maxTokens: 8, minTokens: 8 }).result;
    for (const text of ['a', 'b', 'c', 'd']) await runTurn(text);
    const tokensBefore = conversation.tree.history(conversation.head).tokens;
    const { computedTokens, cachedTokens, promptTokens, generatedTokens, cache, messages } =
      await runTurn('e');
    const prompt = conversation.tree.history(messages!.user).tokens;
    const unchanged = commonPrefixLength(prompt, tokensBefore);
    expect(unchanged).toBeLessThan(tokensBefore.length - 8); // not only the last answer changed
    expect(unchanged).toBeGreaterThan(10);
    expect({ cachedTokens, computedTokens }).toEqual({
      cachedTokens: unchanged,
      computedTokens: promptTokens - unchanged + generatedTokens - 1,
    });
    expect(cache).toMatchObject({ firstDifference: unchanged, miss: 'template_rewrote' });
  });
});

describe('40 turns in a context of 512 tokens', () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await loadEngine({ context: 512 });
  });
  afterAll(() => engine.dispose());

  test('report the dropped messages, keep the system message and mostly reuse the cached prefix', async () => {
    const system = 'You are a friendly assistant.';
    const conversation = createConversation(engine, { system, contextPolicy: 'truncate' });
    const results: ChatResult[] = [];
    for (let i = 0; i < 40; i++) {
      const text = `My number ${i} is ${i * 37}. What is the highest mountain in the world?`;
      results.push(await conversation.send(text, { temperature: 0, maxTokens: 24 }).result);
    }
    const head = (await engine.encodeChat([{ role: 'system', content: system }])).tokens.slice(0, 4);
    let droppedMessages = 0;
    let historyTokens = 0;
    let truncations = 0;
    let fullyReused = 0;
    for (const { context, promptTokens, generatedTokens, cachedTokens, messages } of results) {
      droppedMessages += context.newlyDropped.messages;
      expect(context.droppedMessages).toBe(droppedMessages);
      // Without truncation, the prompt would be longer by the dropped tokens: it would contain the history and the new message.
      expect(promptTokens + context.newlyDropped.tokens).toBeGreaterThan(historyTokens);
      expect(promptTokens + generatedTokens).toBeLessThanOrEqual(512);
      const prompt = conversation.tree.history(messages!.user).tokens;
      expect(prompt.slice(0, head.length)).toEqual(head);
      if (droppedMessages > 0 && context.newlyDropped.messages === 0 && cachedTokens >= historyTokens - 1)
        fullyReused++;
      if (context.newlyDropped.messages > 0) {
        truncations++;
        expect(cachedTokens).toBeGreaterThan(0); // the system message is never computed again
      }
      historyTokens = promptTokens + generatedTokens;
    }
    const firstTruncated = results.findIndex(({ context }) => context.droppedMessages > 0);
    const laterTurns = 40 - firstTruncated - 1;
    expect(truncations).toBeGreaterThan(1);
    expect(fullyReused / laterTurns).toBeGreaterThanOrEqual(0.8);
    console.log(
      `${truncations} truncations; ${fullyReused} of ${laterTurns} turns after the first one reuse the whole history`,
    );
  });
});
