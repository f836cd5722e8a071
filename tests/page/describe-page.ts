// Tests of the page against a fake server that implements docs/chat-protocol.md. Each test has its own server.

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
  /** texts of the links in the sidebar */
  titles(): Promise<string[]>;
  /** part of the URL that names the conversation */
  hash(): string;
  /**
   * @param address relative to the URL of the server
   * @param prepare runs before the page is loaded
   */
  open(
    options?: BrowserContextOptions,
    address?: string,
    prepare?: (page: Page) => Promise<void>,
  ): Promise<ChatPage>;
}

export function describePage(title: string, body: (fixture: PageFixture) => void): void {
  describeInBrowser(title, (inBrowser) => {
    let server: FakeChatServer;

    beforeEach(async () => {
      server = await FakeChatServer.start();
    });

    afterEach(async () => {
      await server.stop();
    });

    body({
      get server() {
        return server;
      },
      get chat() {
        return inBrowser.chat;
      },
      titles: () => inBrowser.chat.page.locator('.topic a').allTextContents(),
      hash: () => new URL(inBrowser.chat.page.url()).hash,
      open: (options = {}, address = '', prepare = undefined) =>
        inBrowser.open(new URL(address, server.url).href, options, prepare),
    });
  });
}
