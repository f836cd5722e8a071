// `npm run bench:browser`: runs Quire's WebAssembly kernels in Node and wllama (llama.cpp as WebAssembly) in Chromium alternately, on
// the same model files. Run `npm ci --prefix bench/peers --ignore-scripts` once before.
//
//   npm run bench:browser -- [--turns N] [--threads N] MODEL ...

import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { basename, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { median } from '../../src/lab/statistics.ts';
import { lastLine, REPOSITORY_ROOT, runNode } from './run-node.ts';

interface Speeds {
  readonly prefillTokensPerSecond: number;
  readonly decodeTokensPerSecond: number;
}

const PROMPT_TOKENS = 512;
const GENERATED_TOKENS = 32;

async function runQuire(model: string, threads: number, backend: string): Promise<Speeds> {
  const sizes = ['--prompt-tokens', `${PROMPT_TOKENS}`, '--generate-tokens', `${GENERATED_TOKENS}`];
  const options = ['--backend', backend, '--threads', `${threads}`, '--repetitions', '1', '--json'];
  const args = ['bin/quire.js', 'bench', '--model', model, ...sizes, ...options];
  return JSON.parse(lastLine(await runNode(args))) as Speeds;
}

const runWllama = async (model: string, threads: number): Promise<Speeds> =>
  JSON.parse(
    lastLine(
      await runNode([
        'bench/peers/wllama.js',
        model,
        `${threads}`,
        `${PROMPT_TOKENS}`,
        `${GENERATED_TOKENS}`,
      ]),
    ),
  ) as Speeds;

const options = { turns: { type: 'string', default: '3' }, threads: { type: 'string' } } as const;
const { values, positionals } = parseArgs({ allowPositionals: true, options });
if (!existsSync(`${REPOSITORY_ROOT}bench/peers/node_modules/@wllama/wllama`))
  throw new Error('wllama is not installed: run npm ci --prefix bench/peers --ignore-scripts');
if (positionals.length === 0) throw new Error('usage: npm run bench:browser -- MODEL ...');
const threads = Number(values.threads ?? availableParallelism());
console.log(
  `${threads} threads, ${PROMPT_TOKENS} and ${GENERATED_TOKENS} tokens, medians of ${values.turns} turns`,
);
console.log(`${''.padEnd(40)} native     wasm   wllama   wasm / native   wasm / wllama`);
for (const model of positionals.map((path) => resolve(path))) {
  const runs: Record<'native' | 'wasm' | 'wllama', Speeds[]> = { native: [], wasm: [], wllama: [] };
  for (let turn = 0; turn < Number(values.turns); turn++) {
    runs.native.push(await runQuire(model, threads, 'native'));
    runs.wasm.push(await runQuire(model, threads, 'wasm'));
    runs.wllama.push(await runWllama(model, threads));
  }
  for (const key of ['prefillTokensPerSecond', 'decodeTokensPerSecond'] as const) {
    const [native, wasm, wllama] = [runs.native, runs.wasm, runs.wllama].map((speeds) =>
      median(speeds.map((speed) => speed[key])),
    ) as [number, number, number];
    const name = `${basename(model, '.gguf')} ${key.replace('TokensPerSecond', '')}`;
    const shown = [native, wasm, wllama].map((value) => value.toFixed(1).padStart(8)).join(' ');
    const ratios = [wasm / native, wasm / wllama].map((ratio) => `${ratio.toFixed(2)} x`.padStart(15));
    console.log(`${name.padEnd(38)} ${shown} ${ratios.join(' ')}`);
  }
}
