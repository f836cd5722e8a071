// Controls the page in the installed Chromium: opens it, sends messages, and reads the displayed answers. Records the messages
// of the browser console, because a blocked script or a failed request is reported only there.

import { readFileSync } from 'node:fs';
import { type Browser, type BrowserContextOptions, chromium, type Locator, type Page } from 'playwright-core';

const FAINT_TEXTS = readFileSync(new URL('./faint-texts.js', import.meta.url), 'utf8');

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export function launchBrowser(executablePath: string): Promise<Browser> {
  return chromium.launch({ executablePath, args: FLAGS });
}

export interface TurnReport {
  readonly prompt: number;
  readonly cached: number;
  readonly computed: number;
  readonly generated: number;
}

export class ChatPage {
  readonly page: Page;
  /** warnings and errors of the console, and uncaught exceptions */
  readonly consoleErrors: string[] = [];
  /** hosts that the page sent requests to */
  readonly hosts = new Set<string>();

  private constructor(page: Page) {
    this.page = page;
    page.on('console', (message) => {
      // A server without storage answers 404, which the console reports as an error.
      if (/\/conversations\b/.test(message.location().url) && message.text().includes('404')) return;
      if (message.type() === 'error' || message.type() === 'warning') this.consoleErrors.push(message.text());
    });
    page.on('pageerror', (error) => this.consoleErrors.push(String(error)));
    page.on('request', (request) => this.hosts.add(new URL(request.url()).host));
  }

  /** @param prepare runs before the page is loaded, for example to replace the server */
  static async open(
    browser: Browser,
    url: string,
    options: BrowserContextOptions = {},
    prepare?: (page: Page) => Promise<void>,
  ): Promise<ChatPage> {
    const context = await browser.newContext({ locale: 'en-US', ...options });
    const chat = new ChatPage(await context.newPage());
    await prepare?.(chat.page);
    await chat.page.goto(url);
    await chat.input.waitFor();
    return chat;
  }

  get input(): Locator {
    return this.page.locator('#message');
  }

  get sendButton(): Locator {
    return this.page.locator('.composer button[type="submit"]');
  }

  get turns(): Locator {
    return this.page.locator('.turn');
  }

  /** Returns the text of the last answer, without its report and note. */
  get answer(): Locator {
    return this.turns.last().locator('.answer-text');
  }

  /** Waits until the last turn is in one of `phases`. */
  async waitForPhase(...phases: readonly string[]): Promise<void> {
    const selector = phases.map((phase) => `.turn[data-phase="${phase}"]:last-child`).join(', ');
    await this.page.locator(selector).waitFor();
  }

  /** Types a message and sends it with Enter, without waiting for the answer. */
  async send(text: string): Promise<void> {
    await this.input.fill(text);
    // Enter has no effect until then, for example while the conversation is loaded.
    await this.sendButton.and(this.page.locator(':enabled')).waitFor();
    const count = await this.turns.count();
    await this.input.press('Enter');
    await this.turns.nth(count).waitFor();
  }

  /** Sends a message. Resolves to the complete answer. */
  async ask(text: string): Promise<string> {
    await this.send(text);
    await this.waitForPhase('done');
    return (await this.answer.textContent()) ?? '';
  }

  /** Returns the numbers under the last answer. */
  async report(): Promise<TurnReport> {
    const report = this.turns.last().locator('.report');
    const readNumber = async (name: string) => Number(await report.getAttribute(`data-${name}`));
    return {
      prompt: await readNumber('prompt'),
      cached: await readNumber('cached'),
      computed: await readNumber('computed'),
      generated: await readNumber('generated'),
    };
  }

  /** Returns a computed style property of the first matching element. */
  style(selector: string, property: string): Promise<string> {
    const [selectorText, propertyText] = [JSON.stringify(selector), JSON.stringify(property)];
    return this.page.evaluate(
      `getComputedStyle(document.querySelector(${selectorText})).getPropertyValue(${propertyText})`,
    );
  }

  /** Returns texts with too little contrast, see faint-texts.js. */
  faintTexts(): Promise<readonly string[]> {
    return this.page.evaluate(FAINT_TEXTS);
  }

  async close(): Promise<void> {
    await this.page.context().close();
  }
}
