// Provides tests of the page with a fake server that implements docs/chat-protocol.md. Each test has a separate server.

import type { BrowserContextOptions, Page } from 'playwright-core';
import { afterEach, beforeEach } from 'vitest';
import type { ChatPage } from './chat-page.ts';
import { describeInBrowser } from './describe-in-browser.ts';
import { FakeChatServer } from './fake-chat-server.ts';

/** The screen of a phone. */
export const PHONE = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };

export interface PageFixture {
  readonly server: FakeChatServer;
  /** the first page that the test opened */
  readonly chat: ChatPage;
  /** returns the texts of the links in the sidebar */
  titles(): Promise<string[]>;
  /** returns the part of the URL that contains the conversation id */
  hash(): string;
  /**
   * @param path relative to the URL of the server
   * @param prepare runs before the page is loaded
   */
  open(
    options?: BrowserContextOptions,
    path?: string,
    prepare?: (page: Page) => Promise<void>,
  ): Promise<ChatPage>;
}

export function describePage(title: string, defineTests: (fixture: PageFixture) => void): void {
  describeInBrowser(title, (inBrowser) => {
    let server: FakeChatServer;

    beforeEach(async () => {
      server = await FakeChatServer.start();
    });

    afterEach(async () => {
      await server.stop();
    });

    defineTests({
      get server() {
        return server;
      },
      get chat() {
        return inBrowser.chat;
      },
      titles: () => inBrowser.chat.page.locator('.topic a').allTextContents(),
      hash: () => new URL(inBrowser.chat.page.url()).hash,
      open: (options = {}, path = '', prepare = undefined) =>
        inBrowser.open(new URL(path, server.url).href, options, prepare),
    });
  });
}
