// The core of the engine, bundled with the reference backend, generates the same answers in a page and in a worker of Chromium as
// in Node.

import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadEngine } from '../../src/engine/node/load-engine.ts';
import { modelPath } from '../../src/engine/node/model-reference.ts';
import { launchBrowser } from '../page/chat-page.ts';
import { describeWith, needsChromium } from '../support/needs.ts';
import { type Answers, generateAnswers } from './answers.ts';
import { type Bundle, bundleForBrowser } from './bundle.ts';

const absolutePath = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

let bundle: Bundle;
beforeAll(async () => {
  bundle = await bundleForBrowser(absolutePath('./engine-page.ts'));
});

test('the bundle of the core contains no Node module and no package', () => {
  expect(bundle.files.length).toBeGreaterThan(100);
  expect(bundle.files.filter((path) => /node_modules|\/node\/|^\0|node:/.test(path))).toEqual([]);
  expect(bundle.code).not.toMatch(/\bnode:\w|\bprocess\.|\bBuffer\.|\brequire\(/);
});

test('bundleForBrowser rejects a module that imports Node modules', async () => {
  await expect(bundleForBrowser(absolutePath('../../src/engine/node/load-engine.ts'))).rejects.toThrow(
    /imports node:\w+, which no browser has/,
  );
});

describeWith(needsChromium(), 'in Chromium', (chromium) => {
  let browser: Browser;
  let server: Server;
  let nodeAnswers: Answers;

  beforeAll(async () => {
    const engine = await loadEngine({ backend: 'reference' });
    nodeAnswers = await generateAnswers(engine);
    await engine.dispose();
    server = await serve(bundle.code, readFileSync(await modelPath('embedded')));
    browser = await launchBrowser(chromium);
  });

  afterAll(async () => {
    await browser?.close();
    server?.close();
  });

  const runScript = async (script: string): Promise<Answers> => {
    const page = await browser.newPage();
    try {
      await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
      return await page.evaluate<Answers>(script);
    } finally {
      await page.close();
    }
  };

  test.each([
    ['a page', `import('/engine.js').then(({ generateAnswersAt }) => generateAnswersAt('/model.gguf'))`],
    [
      'a worker',
      `new Promise((resolve, reject) => {
      const worker = new Worker('/worker.js', { type: 'module' });
      worker.onmessage = ({ data }) => resolve(data);
      worker.onerror = ({ message }) => reject(new Error(message));
    })`,
    ],
  ])('%s generates the same answers as Node', async (_, script) => {
    const browserAnswers = await runScript(script);
    for (const name of ['greedy', 'sampled', 'secondTurn', 'parallel'] as const)
      expect(browserAnswers[name]).toEqual(nodeAnswers[name]);
    expect(browserAnswers.logprobs.length).toBe(nodeAnswers.logprobs.length);
    browserAnswers.logprobs.forEach((logprob, i) => {
      expect(logprob).toBeCloseTo(nodeAnswers.logprobs[i]!, 10);
    });
    expect(browserAnswers.greedy.tokens.length).toBeGreaterThan(5);
    expect(browserAnswers.sampled.tokens).not.toEqual(browserAnswers.greedy.tokens);
    expect(browserAnswers.sampled.cachedTokens).toBe(browserAnswers.sampled.promptTokens - 1); // all except the last token
    expect(browserAnswers.secondTurn.cachedTokens).toBeGreaterThan(browserAnswers.greedy.promptTokens);
    expect(browserAnswers.fingerprint).toMatch(/^[0-9a-f]{64}$/);
    expect(browserAnswers.fingerprint).not.toBe(nodeAnswers.fingerprint); // sines and exponentials differ between JavaScript engines
    expect(browserAnswers.decodeTokensPerSecond).toBeGreaterThan(0);
  });
});

const WORKER_SCRIPT = `import { generateAnswersAt } from '/engine.js';
postMessage(await generateAnswersAt('/model.gguf'));`;

async function serve(engine: string, model: Uint8Array): Promise<Server> {
  const files: Readonly<Record<string, readonly [type: string, body: string | Uint8Array]>> = {
    '/': ['text/html', '<!doctype html><title>Quire</title>'],
    '/engine.js': ['text/javascript', engine],
    '/worker.js': ['text/javascript', WORKER_SCRIPT],
    '/model.gguf': ['application/octet-stream', model],
  };
  const server = createServer((request, response) => {
    const file = files[request.url ?? ''];
    if (file === undefined) response.writeHead(404).end();
    else response.writeHead(200, { 'content-type': file[0] }).end(file[1]);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}
