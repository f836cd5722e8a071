// Provides tests of the page with the real server and the embedded model. A test file has one browser, engine and server.

import { afterAll, beforeAll } from 'vitest';
import type { Engine } from '../../src/engine/engine.ts';
import { loadEngine } from '../../src/engine/node/load-engine.ts';
import type { RunningServer } from '../../src/server/start-server.ts';
import { serveEngine } from '../support/server/serve-engine.ts';
import { type BrowserFixture, describeInBrowser } from './describe-in-browser.ts';

/** `engine` and `server` are set while tests run. */
export interface ServedPage extends Pick<BrowserFixture, 'browser' | 'open'> {
  readonly engine: Engine;
  readonly server: RunningServer;
}

/** @param pageDir folder of the page to serve; undefined for the built page */
export function describeServed(
  title: string,
  pageDir: string | undefined,
  defineTests: (served: ServedPage) => void,
): void {
  describeInBrowser(title, (inBrowser) => {
    let engine: Engine;
    let server: RunningServer;

    beforeAll(async () => {
      engine = await loadEngine();
      server = await serveEngine({ engine, host: '127.0.0.1', port: 0, ...(pageDir && { pageDir }) });
    });

    afterAll(async () => {
      await server?.close();
      await engine?.dispose();
    });

    defineTests({
      get browser() {
        return inBrowser.browser;
      },
      get engine() {
        return engine;
      },
      get server() {
        return server;
      },
      open: inBrowser.open,
    });
  });
}
