// Prints the milliseconds from the start of this process to the first token of an answer, as an application that imports the package.
// Usage: node quire-start.js MODEL THREADS

import { loadEngine } from '../../dist/index.js';

const [, , model, threads] = process.argv;
const engine = await loadEngine({ model, backend: 'native', threads: Number(threads) });
for await (const _ of engine.generate({ prompt: 'Hello', raw: true, temperature: 0, maxTokens: 1 })) break;
console.log(JSON.stringify({ startMs: performance.now() }));
process.exit(0);
