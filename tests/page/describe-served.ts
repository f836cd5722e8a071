// Tests of a page that the real server gives out, with the embedded model behind it: one browser, one engine, one server.

import type { Browser } from 'playwright-core';
import { afterAll, beforeAll } from 'vitest';
import type { Engine } from '../../src/engine/engine.ts';
import { loadEngine } from '../../src/engine/node/load-engine.ts';
import type { RunningServer } from '../../src/server/start-server.ts';
import { describeWith, needsChromium } from '../support/needs.ts';
import { serveEngine } from '../support/server/serve-engine.ts';
import { launchBrowser } from './chat-page.ts';

/** To be read in tests: it is there only then. */
export interface ServedPage {
  browser: Browser;
  engine: Engine;
  server: RunningServer;
}

/** @param pageDir the built page when absent */
export function describeServed(
  title: string,
  pageDir: string | undefined,
  body: (served: ServedPage) => void,
): void {
  describeWith(needsChromium(), title, (chromium) => {
    const served = {} as ServedPage;

    beforeAll(async () => {
      served.browser = await launchBrowser(chromium);
      served.engine = await loadEngine();
      const { engine } = served;
      served.server = await serveEngine({ engine, host: '127.0.0.1', port: 0, ...(pageDir && { pageDir }) });
    });

    afterAll(async () => {
      await served.browser?.close();
      await served.server?.close();
      await served.engine?.dispose();
    });

    body(served);
  });
}
