// The engine in a browser: its core, bundled with the reference backend, generates in a page and in a worker of Chromium the
// same as in Node.

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
import { type Answers, answersOf } from './answers.ts';
import { type Bundle, bundleForBrowser } from './bundle.ts';

const fileOf = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

let bundle: Bundle;
beforeAll(async () => {
  bundle = await bundleForBrowser(fileOf('./engine-page.ts'));
});

test('a bundle of the core contains no module of Node and no package', () => {
  expect(bundle.files.length).toBeGreaterThan(100);
  expect(bundle.files.filter((path) => /node_modules|\/node\/|^\0|node:/.test(path))).toEqual([]);
  expect(bundle.code).not.toMatch(/\bnode:\w|\bprocess\.|\bBuffer\.|\brequire\(/);
});

test('bundling a module that imports Node fails', async () => {
  await expect(bundleForBrowser(fileOf('../../src/engine/node/load-engine.ts'))).rejects.toThrow(
    /imports node:\w+, which no browser has/,
  );
});

describeWith(needsChromium(), 'in Chromium', (chromium) => {
  let browser: Browser;
  let server: Server;
  let inNode: Answers;

  beforeAll(async () => {
    const engine = await loadEngine({ backend: 'reference' });
    inNode = await answersOf(engine);
    await engine.dispose();
    server = await serve(bundle.code, readFileSync(await modelPath('embedded')));
    browser = await launchBrowser(chromium);
  });

  afterAll(async () => {
    await browser?.close();
    server?.close();
  });

  const answers = async (script: string): Promise<Answers> => {
    const page = await browser.newPage();
    try {
      await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
      return await page.evaluate<Answers>(script);
    } finally {
      await page.close();
    }
  };

  test.each([
    ['a page', `import('/engine.js').then(({ answersAt }) => answersAt('/model.gguf'))`],
    [
      'a worker',
      `new Promise((resolve, reject) => {
      const worker = new Worker('/worker.js', { type: 'module' });
      worker.onmessage = ({ data }) => resolve(data);
      worker.onerror = ({ message }) => reject(new Error(message));
    })`,
    ],
  ])('%s generates what Node generates', async (_, script) => {
    const inBrowser = await answers(script);
    for (const name of ['greedy', 'sampled', 'yieldToEventLoop', 'side'] as const)
      expect(inBrowser[name]).toEqual(inNode[name]);
    expect(inBrowser.logprobs.length).toBe(inNode.logprobs.length);
    inBrowser.logprobs.forEach((logprob, i) => {
      expect(logprob).toBeCloseTo(inNode.logprobs[i]!, 10);
    });
    expect(inBrowser.greedy.tokens.length).toBeGreaterThan(5);
    expect(inBrowser.sampled.tokens).not.toEqual(inBrowser.greedy.tokens);
    expect(inBrowser.sampled.cachedTokens).toBe(inBrowser.sampled.promptTokens - 1); // all but the last one
    expect(inBrowser.yieldToEventLoop.cachedTokens).toBeGreaterThan(inBrowser.greedy.promptTokens);
    expect(inBrowser.fingerprint).toMatch(/^[0-9a-f]{64}$/);
    expect(inBrowser.fingerprint).not.toBe(inNode.fingerprint); // another JavaScript engine's sines and exponentials
    expect(inBrowser.decodeTokensPerSecond).toBeGreaterThan(0);
  });
});

const WORKER = `import { answersAt } from '/engine.js';
postMessage(await answersAt('/model.gguf'));`;

async function serve(engine: string, model: Uint8Array): Promise<Server> {
  const files: Readonly<Record<string, readonly [type: string, body: string | Uint8Array]>> = {
    '/': ['text/html', '<!doctype html><title>Quire</title>'],
    '/engine.js': ['text/javascript', engine],
    '/worker.js': ['text/javascript', WORKER],
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
