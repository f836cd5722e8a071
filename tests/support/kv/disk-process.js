// @ts-check
// Runs an engine that stores blocks on disk, in a process that a test kills. The process computes rounds of prompts, and
// prints a line of JSON when all full blocks of a round are on disk. With `--once` it exits after one round. With `--hold`
// it computes nothing and only holds the lock of the folder.

import { loadEngine } from '../../../dist/index.js';
import { BLOCK_SIZE, fullBlocks, promptsOf } from './disk-prompts.js';

const [model, backend, folder, seed, mode] = process.argv.slice(2);

const engine = await loadEngine({
  model: String(model),
  backend: backend === 'native' ? 'native' : 'reference',
  blockSize: BLOCK_SIZE,
  kvMemory: 2 ** 20,
  kvDisk: 2 ** 28,
  kvDiskFolder: String(folder),
});

/** @param {object} line */
const print = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);
const storedBlocks = () => engine.counters.disk?.storedBlocks ?? 0;

print({ active: engine.counters.disk?.active });
let expectedBlocks = 0;
for (let round = 0; mode !== '--hold'; round++) {
  const answers = await Promise.all(
    promptsOf(Number(seed), round).map(async (tokens) => {
      const result = await engine.generate({ tokens, maxTokens: 4, temperature: 0 }).result;
      expectedBlocks += fullBlocks(tokens.length + result.generatedTokens - 1);
      return result.tokens;
    }),
  );
  if (mode === '--once') break;
  while (storedBlocks() < expectedBlocks) await new Promise(setImmediate);
  print({ round, answers });
}
if (mode === '--hold')
  process.stdin.resume(); // runs until the process is killed
else await engine.dispose();
