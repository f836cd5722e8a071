// One run of wllama in Chromium. Prints the speeds of a prompt and of the answer, as `quire bench --json` does.
// Usage: node wllama.js MODEL THREADS PROMPT_TOKENS GENERATED_TOKENS

import { createReadStream, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const [, , model, ...counts] = process.argv;
const [threads, promptTokens, generatedTokens] = counts.map(Number);
const PACKAGE = fileURLToPath(new URL('node_modules/@wllama/wllama/', import.meta.url));
const TYPES = { '.js': 'text/javascript', '.wasm': 'application/wasm' };

const server = createServer((request, response) => {
  const { pathname } = new URL(request.url, 'http://127.0.0.1');
  // Memory that threads share needs a page that is isolated from other origins.
  const headers = {
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-embedder-policy': 'require-corp',
  };
  if (pathname === '/') {
    response.writeHead(200, { ...headers, 'content-type': 'text/html' }).end('<!doctype html>');
    return;
  }
  const path = pathname === '/model.gguf' ? model : join(PACKAGE, pathname);
  const size = statSync(path, { throwIfNoEntry: false })?.size;
  if (size === undefined) {
    response.writeHead(404).end();
    return;
  }
  const type = TYPES[extname(path)] ?? 'application/octet-stream';
  response.writeHead(200, { ...headers, 'content-type': type, 'content-length': size });
  createReadStream(path).pipe(response);
}).listen(0, '127.0.0.1');

/** Runs in the page. */
async function measure({ threads, promptTokens, generatedTokens }) {
  const { Wllama } = await import('/esm/index.js');
  const wllama = new Wllama({ default: '/esm/wasm/wllama.wasm' });
  const blob = await (await fetch('/model.gguf')).blob();
  const context = promptTokens + generatedTokens + 64;
  await wllama.loadModel([blob], { n_ctx: context, n_threads: threads, n_gpu_layers: 0 });
  const run = async (words, seed) => {
    const prompt = Array.from({ length: words }, (_, i) => `${(i * seed) % 10}`).join(' ');
    const { timings } = await wllama.createCompletion({
      prompt,
      max_tokens: generatedTokens,
      temperature: 0,
      ignore_eos: true,
    });
    return timings;
  };
  // The number of tokens of a word depends on the vocabulary.
  const { prompt_n: ofTen } = await run(10, 1);
  return run(Math.floor((promptTokens * 10) / ofTen), 7);
}

const flags = ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--no-first-run'];
const browser = await chromium.launch({
  executablePath: process.env.QUIRE_CHROMIUM ?? '/usr/bin/chromium',
  args: flags,
});
try {
  const page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${server.address().port}/`);
  const timings = await page.evaluate(measure, { threads, promptTokens, generatedTokens });
  console.log(
    JSON.stringify({
      promptTokens: timings.prompt_n,
      prefillTokensPerSecond: timings.prompt_per_second,
      decodeTokensPerSecond: timings.predicted_per_second,
    }),
  );
} finally {
  await browser.close();
  server.close();
}
