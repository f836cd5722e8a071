// The main job, as a person meets it: the page, the embedded model, and a conversation whose third answer
// depends on its first. Its picture in the README is taken here, when QUIRE_SCREENSHOT=1 asks for it.

import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import type { ChatMessage } from '../../src/completion/chat-message.ts';
import { ChatPage } from './chat-page.ts';
import { describeServed } from './describe-served.ts';

const PICTURE = fileURLToPath(new URL('../../docs/images/chat.png', import.meta.url));

describeServed('a conversation on the page', undefined, (served) => {
  /** Asks in turn; checks that each turn computes its own message and answer, and nothing else. */
  async function converse(chat: ChatPage, questions: readonly string[]): Promise<string[]> {
    const messages: ChatMessage[] = [];
    const answers: string[] = [];
    let history = 0;
    for (const question of questions) {
      answers.push(await chat.ask(question));
      messages.push({ role: 'user', content: question });
      const prompt = (await served.engine.encodeChat(messages)).tokens.length;
      const { computed, cached, generated } = await chat.report();
      const fresh = prompt - history;
      if (history > 0) {
        expect(cached).toBe(history - 1);
        expect(computed).toBe(fresh + generated);
      } else {
        expect(computed).toBe(prompt - cached + generated - 1);
      }
      messages.push({ role: 'assistant', content: answers.at(-1)! });
      history = prompt + generated;
    }
    return answers;
  }

  test('the third answer depends on the first, and nothing is computed twice', async () => {
    const view = {
      viewport: { width: 1000, height: 720 },
      deviceScaleFactor: 2,
      reducedMotion: 'reduce',
    } as const;
    const chat = await ChatPage.open(served.browser, served.server.url, view);
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
    if (process.env.QUIRE_SCREENSHOT === '1') await chat.page.screenshot({ path: PICTURE });
    expect(chat.complaints).toEqual([]);
    expect([...chat.hosts]).toEqual([new URL(served.server.url).host]);
    await chat.close();
  });

  test('the same in Chinese, on a phone, begun and continued by what the page offers', async () => {
    const phone = { locale: 'zh-CN', viewport: { width: 390, height: 780 }, hasTouch: true, isMobile: true };
    const chat = await ChatPage.open(served.browser, served.server.url, phone);
    await chat.page.getByRole('button', { name: '世界上最高的山是什么？' }).click();
    await chat.reach('done');
    expect(await chat.answer.textContent()).toContain('珠穆朗玛峰');
    await chat.page.locator('.suggestion').click();
    await chat.turns.nth(1).waitFor();
    await chat.reach('done');
    expect(await chat.answer.textContent()).toContain('乔戈里峰');
    expect(chat.complaints).toEqual([]);
    await chat.close();
  });

  test('a fact told in the first turn is known in the third', async () => {
    const chat = await ChatPage.open(served.browser, served.server.url);
    const answers = await converse(chat, [
      'My name is Mira and I have a cat called Biscuit.',
      'What is the capital of Japan?',
      'What is my cat called?',
    ]);
    expect(answers[1]).toContain('Tokyo');
    expect(answers[2]).toContain('Biscuit');
    await chat.close();
  });

  test('the header names model, backend and cache', async () => {
    const chat = await ChatPage.open(served.browser, served.server.url);
    const facts = chat.page.getByRole('list', { name: 'About the model' });
    await expect.poll(() => facts.textContent()).toContain(served.engine.info.model);
    expect(await facts.textContent()).toMatch(/(native|reference) backend.*paged KV cache/);
    await chat.close();
  });
});
