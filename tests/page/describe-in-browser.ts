// Tests in one Chromium that is shared by a test file. Pages opened by a test are closed after it, before the servers that
// the test file started are stopped.

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

/** Hooks run in reverse order after a test, so those that `body` registers run after the pages are closed. */
export function describeInBrowser(title: string, body: (fixture: BrowserFixture) => void): void {
  describeWith(needsChromium(), title, (chromium) => {
    let browser: Browser;
    let opened: ChatPage[] = [];

    beforeAll(async () => {
      browser = await launchBrowser(chromium);
    });

    body({
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
