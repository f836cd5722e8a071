// @ts-check
// An engine with a disk behind its memory in a process of its own, to be killed: answers rounds of prompts and says, a
// line of JSON each, when all full blocks of a round are on the disk. With `--once` it ends in peace after a round.

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
const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);
const stored = () => engine.counters.disk?.storedBlocks ?? 0;

say({ active: engine.counters.disk?.active });
let expected = 0;
for (let round = 0; mode !== '--hold'; round++) {
  const answers = await Promise.all(
    promptsOf(Number(seed), round).map(async (tokens) => {
      const result = await engine.generate({ tokens, maxTokens: 4, temperature: 0 }).result;
      expected += fullBlocks(tokens.length + result.generatedTokens - 1);
      return result.tokens;
    }),
  );
  if (mode === '--once') break;
  while (stored() < expected) await new Promise(setImmediate);
  say({ round, answers });
}
if (mode === '--hold')
  process.stdin.resume(); // until it is killed
else await engine.dispose();
