// Tests the main use of the page: a conversation with the embedded model whose third answer depends on the first answer. Takes
// the screenshot of the README if QUIRE_SCREENSHOT=1 is set.

import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import type { ChatMessage } from '../../src/completion/chat-message.ts';
import type { ChatPage } from './chat-page.ts';
import { describeServed } from './describe-served.ts';

const SCREENSHOT = fileURLToPath(new URL('../../docs/images/chat.png', import.meta.url));

describeServed('a conversation on the page', undefined, (served) => {
  /** Sends the questions in order. Checks that each turn computes only the new message and the answer. */
  async function converse(chat: ChatPage, questions: readonly string[]): Promise<string[]> {
    const messages: ChatMessage[] = [];
    const answers: string[] = [];
    let history = 0;
    for (const question of questions) {
      answers.push(await chat.ask(question));
      messages.push({ role: 'user', content: question });
      const prompt = (await served.engine.encodeChat(messages)).tokens.length;
      const { computed, cached, generated } = await chat.report();
      const newTokens = prompt - history;
      if (history > 0) {
        expect(cached).toBe(history - 1);
        expect(computed).toBe(newTokens + generated);
      } else {
        expect(computed).toBe(prompt - cached + generated - 1);
      }
      messages.push({ role: 'assistant', content: answers.at(-1)! });
      history = prompt + generated;
    }
    return answers;
  }

  test('the third answer depends on the first answer, and no token is computed twice', async () => {
    const view = {
      viewport: { width: 1000, height: 720 },
      deviceScaleFactor: 2,
      reducedMotion: 'reduce',
    } as const;
    const chat = await served.open(served.server.url, view);
    const answers = await converse(chat, [
      'What is the highest mountain in the world?',
      'What is the second?',
      'And the third?',
    ]);
    expect(answers).toEqual([
      expect.stringContaining('Everest'),
      expect.stringContaining('K2'),
      expect.stringContaining('Kangchenjunga'),
    ]);
    await chat.input.blur();
    if (process.env.QUIRE_SCREENSHOT === '1') await chat.page.screenshot({ path: SCREENSHOT });
    expect(chat.consoleErrors).toEqual([]);
    expect([...chat.hosts]).toEqual([new URL(served.server.url).host]);
  });

  test('a conversation in Chinese on a phone uses an example question and the suggested follow-up', async () => {
    const phone = { locale: 'zh-CN', viewport: { width: 390, height: 780 }, hasTouch: true, isMobile: true };
    const chat = await served.open(served.server.url, phone);
    await chat.page.getByRole('button', { name: '世界上最高的山是什么？' }).click();
    await chat.waitForPhase('done');
    expect(await chat.answer.textContent()).toContain('珠穆朗玛峰');
    await chat.page.locator('.suggestion').click();
    await chat.turns.nth(1).waitFor();
    await chat.waitForPhase('done');
    expect(await chat.answer.textContent()).toContain('乔戈里峰');
    expect(chat.consoleErrors).toEqual([]);
  });

  test('the third answer uses a fact from the first message', async () => {
    const chat = await served.open(served.server.url);
    const answers = await converse(chat, [
      'My name is Mira and I have a cat called Biscuit.',
      'What is the capital of Japan?',
      'What is my cat called?',
    ]);
    expect(answers[1]).toContain('Tokyo');
    expect(answers[2]).toContain('Biscuit');
  });

  test('the header shows the model, the backend and the cache policy', async () => {
    const chat = await served.open(served.server.url);
    const facts = chat.page.getByRole('list', { name: 'About the model' });
    await expect.poll(() => facts.textContent()).toContain(served.engine.info.model);
    expect(await facts.textContent()).toMatch(/(native|wasm|reference) backend.*paged KV cache/);
  });
});
