// Provides the tests of a file with one shared Chromium. The pages that a test opens are closed after the test, before the
// servers of the test file are stopped.

import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { describeWith, needsChromium } from '../support/needs.ts';
import { ChatPage, launchBrowser } from './chat-page.ts';

export interface BrowserFixture {
  readonly browser: Browser;
  /** the first page that the test opened */
  readonly chat: ChatPage;
  /** @param prepare runs before the page is loaded, for example to replace the server */
  open(
    url: string,
    options?: BrowserContextOptions,
    prepare?: (page: Page) => Promise<void>,
  ): Promise<ChatPage>;
}

/** After a test, hooks run in reverse order, so the hooks that `defineTests` registers run after the pages are closed. */
export function describeInBrowser(title: string, defineTests: (fixture: BrowserFixture) => void): void {
  describeWith(needsChromium(), title, (chromium) => {
    let browser: Browser;
    let opened: ChatPage[] = [];

    beforeAll(async () => {
      browser = await launchBrowser(chromium);
    });

    defineTests({
      get browser() {
        return browser;
      },
      get chat() {
        const [first] = opened;
        if (!first) throw new Error('the test has not opened a page');
        return first;
      },
      open: async (url, options = {}, prepare = undefined) => {
        const chat = await ChatPage.open(browser, url, options, prepare);
        opened.push(chat);
        return chat;
      },
    });

    afterEach(async () => {
      await Promise.all(opened.map((chat) => chat.close()));
      opened = [];
    });

    afterAll(async () => {
      await browser?.close();
    });
  });
}
