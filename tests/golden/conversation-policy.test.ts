// The computed tokens of long and rewritten conversations on real models: a template that drops earlier thoughts, and a
// small context.

import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { commonPrefix } from '../../src/base/common-prefix.ts';
import { createConversation } from '../../src/chat/conversation.ts';
import type { ChatResult } from '../../src/chat/conversation-types.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { loadEngine } from '../../src/engine/node/load-engine.ts';
import { fixture } from '../support/fixtures.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const TINY_MODEL = fixture('tiny-llama');

describe('a template that drops the thoughts of earlier answers', () => {
  const folder = temporaryFolder('thoughts');
  let engine: Engine;

  beforeAll(async () => {
    cpSync(TINY_MODEL, folder, { recursive: true });
    const file = join(folder, 'tokenizer_config.json');
    const settings = JSON.parse(readFileSync(file, 'utf8'));
    // Keeps only the end of each answer but the last, as if the rest had been thoughts.
    settings.chat_template =
      "{{ bos_token }}{% for m in messages %}<|im_start|>{{ m['role'][0] }} " +
      "{% if m['role'] == 'assistant' and loop.index < messages | length - 2 %}{{ m['content'][-3:] }}" +
      "{% else %}{{ m['content'] }}{% endif %}<|im_end|>{% endfor %}" +
      '{% if add_generation_prompt %}<|im_start|>a {% endif %}';
    writeFileSync(file, JSON.stringify(settings));
    engine = await loadEngine({ model: folder, backend: 'reference' });
  });
  afterAll(() => engine.dispose());

  test('makes a turn compute the tokens from the first rewritten one on, and find the earlier ones in the cache', async () => {
    const conversation = createConversation(engine);
    const turn = (text: string): Promise<ChatResult> =>
      conversation.send(text, { temperature: 0, maxTokens: 8, minTokens: 8 }).result;
    for (const text of ['a', 'b', 'c', 'd']) await turn(text);
    const before = conversation.tree.history(conversation.head).tokens;
    const { computedTokens, cachedTokens, promptTokens, generatedTokens, cache, messages } = await turn('e');
    const prompt = conversation.tree.history(messages!.user).tokens;
    const rewritten = commonPrefix(prompt, before);
    expect(rewritten).toBeLessThan(before.length - 8); // an answer before the last one was rewritten
    expect(rewritten).toBeGreaterThan(10);
    expect({ cachedTokens, computedTokens }).toEqual({
      cachedTokens: rewritten,
      computedTokens: promptTokens - rewritten + generatedTokens - 1,
    });
    expect(cache).toMatchObject({ firstDifference: rewritten, miss: 'template_rewrote' });
  });
});

describe('40 turns in a context of 512 tokens', () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await loadEngine({ context: 512 });
  });
  afterAll(() => engine.dispose());

  test('report dropped messages, keep the system message, and mostly reuse the computed prefix', async () => {
    const system = 'You are a friendly assistant.';
    const conversation = createConversation(engine, { system, contextPolicy: 'truncate' });
    const results: ChatResult[] = [];
    for (let i = 0; i < 40; i++) {
      const text = `My number ${i} is ${i * 37}. What is the highest mountain in the world?`;
      results.push(await conversation.send(text, { temperature: 0, maxTokens: 24 }).result);
    }
    const head = (await engine.encodeChat([{ role: 'system', content: system }])).tokens.slice(0, 4);
    let droppedMessages = 0;
    let history = 0;
    let cuts = 0;
    let reused = 0;
    for (const { context, promptTokens, generatedTokens, cachedTokens, messages } of results) {
      droppedMessages += context.newlyDropped.messages;
      expect(context.droppedMessages).toBe(droppedMessages);
      // Without the truncation the prompt would be longer by the dropped tokens: it contains the history and the message.
      expect(promptTokens + context.newlyDropped.tokens).toBeGreaterThan(history);
      expect(promptTokens + generatedTokens).toBeLessThanOrEqual(512);
      const prompt = conversation.tree.history(messages!.user).tokens;
      expect(prompt.slice(0, head.length)).toEqual(head);
      if (droppedMessages > 0 && context.newlyDropped.messages === 0 && cachedTokens >= history - 1) reused++;
      if (context.newlyDropped.messages > 0) {
        cuts++;
        expect(cachedTokens).toBeGreaterThan(0); // the system message is never computed again
      }
      history = promptTokens + generatedTokens;
    }
    const first = results.findIndex(({ context }) => context.droppedMessages > 0);
    expect(cuts).toBeGreaterThan(1);
    expect(reused / (40 - first - 1)).toBeGreaterThanOrEqual(0.8);
    console.log(
      `${cuts} cuts, ${reused} of ${40 - first - 1} turns after the first cut reuse all of their prefix`,
    );
  });
});
