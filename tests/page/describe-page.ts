// Tests of the page against a server that speaks the protocol and nothing else. There is one browser for all of them;
// each test has a server of its own, and the pages that it opens are closed after it.

import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { describeWith, needsChromium } from '../support/needs.ts';
import { ChatPage, launchBrowser } from './chat-page.ts';
import { FakeChatServer } from './fake-chat-server.ts';

export interface PageFixture {
  readonly server: FakeChatServer;
  /** the page that the test opened first */
  readonly chat: ChatPage;
  /**
   * @param address relative to that of the server
   * @param prepare runs before the page is opened
   */
  open(
    options?: BrowserContextOptions,
    address?: string,
    prepare?: (page: Page) => Promise<void>,
  ): Promise<ChatPage>;
}

export function describePage(title: string, body: (fixture: PageFixture) => void): void {
  describeWith(needsChromium(), title, (chromium) => {
    let browser: Browser;
    let server: FakeChatServer;
    let opened: ChatPage[] = [];

    beforeAll(async () => {
      browser = await launchBrowser(chromium);
    });

    afterAll(async () => {
      await browser?.close();
    });

    beforeEach(async () => {
      server = await FakeChatServer.start();
    });

    afterEach(async () => {
      await Promise.all(opened.map((chat) => chat.close()));
      opened = [];
      await server.stop();
    });

    body({
      get server() {
        return server;
      },
      get chat() {
        const [first] = opened;
        if (!first) throw new Error('the test has opened no page yet');
        return first;
      },
      open: async (options = {}, address = '', prepare = undefined) => {
        const url = new URL(address, server.url).href;
        const chat = await ChatPage.open(browser, url, options, prepare);
        opened.push(chat);
        return chat;
      },
    });
  });
}
