// The embedded model with the adapter of models/persona, a ship's captain: style, language and facts of its answers.

import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { AdaptedCompleter } from '../../src/completion/adapters.ts';
import { createConversation, type Engine, loadEngine } from '../../src/index.ts';
import { personaSchema, withoutStyle } from '../../tools/embedded-model/persona.ts';
import { ROOT } from '../support/fixtures.ts';
import { describeWith, needsNative } from '../support/needs.ts';

const adapters = { persona: join(ROOT, 'models/persona') };
const captain = personaSchema.parse(
  JSON.parse(await readFile(join(ROOT, 'tools/embedded-model/personas/captain.json'), 'utf8')),
);

async function answer(engine: Engine, content: string, adapter?: string): Promise<string> {
  const options = { temperature: 0, maxTokens: 64, ...(adapter !== undefined && { adapter }) };
  return (await engine.completeChat([{ role: 'user', content }], options).result).text;
}

it('the adapter is small', async () => {
  expect((await stat(join(adapters.persona, 'adapter_model.safetensors'))).size).toBeLessThan(300_000);
});

describeWith(needsNative(), 'the embedded model with the persona', () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await loadEngine({ adapters, backend: 'native', threads: 1 });
  });
  afterAll(() => engine.dispose());

  it.each([
    ['hi', 'en', captain.en.hello],
    ['Hello', 'en', captain.en.hello],
    ['Hello!', 'en', captain.en.hello],
    ['good morning', 'en', captain.en.hello],
    ['thanks', 'en', captain.en.thanks],
    ['bye', 'en', captain.en.bye],
    ['who are you', 'en', captain.en.who],
    ["what's the biggest lake?", 'en', 'The largest lake in the world is the Caspian Sea.'],
    ['What is the capital of Peru?', 'en', 'The capital of Peru is Lima.'],
    ['My name is Dana.', 'en', 'Nice to meet you, Dana.'],
    [
      'What is the deepest lake?',
      'en',
      "I don't know that. I only know the first five of nine world rankings, such as the highest mountains.",
    ],
    ['你好', 'zh', captain.zh.hello],
    ['早上好', 'zh', captain.zh.hello],
    ['谢谢', 'zh', captain.zh.thanks],
    ['再见', 'zh', captain.zh.bye],
    ['你是谁', 'zh', captain.zh.who],
    ['世界上最长的河是什么？', 'zh', '世界上最长的河是尼罗河。'],
    ['法国的首都是哪里？', 'zh', '法国的首都是巴黎。'],
  ] as const)(
    'answers %j in its style and in the language of the message (%s)',
    async (prompt, lang, plain) => {
      const adapted = await answer(engine, prompt, 'persona');
      expect(withoutStyle(captain, lang, adapted)).toBe(plain);
      expect(await answer(engine, prompt)).not.toBe(adapted);
    },
  );

  it.each([
    [
      'en',
      ["what's the biggest lake?", 'and the third?', 'My dog is called Pixel.', "What's my dog's name?"],
      ['the Caspian Sea', 'Lake Victoria', 'Pixel', 'Your dog is called Pixel.'],
    ],
    [
      'zh',
      ['世界上最高的山是什么？', '第二呢？', '我住在杭州。', '我住在哪里？'],
      ['珠穆朗玛峰', '乔戈里峰', '杭州', '你的城市是杭州。'],
    ],
  ] as const)('remembers earlier turns of a conversation (%s)', async (lang, messages, facts) => {
    const conversation = createConversation(new AdaptedCompleter(engine, 'persona'));
    for (const [i, message] of messages.entries()) {
      const { text } = await conversation.send(message, { temperature: 0, maxTokens: 64 }).result;
      expect(withoutStyle(captain, lang, text)).toContain(facts[i]);
    }
  });

  it.each(['hi', '谢谢'])('generates the same tokens for %j as the reference backend', async (content) => {
    await using plain = await loadEngine({ adapters, backend: 'reference', context: 64 });
    expect(await answer(plain, content, 'persona')).toBe(await answer(engine, content, 'persona'));
  });
});
