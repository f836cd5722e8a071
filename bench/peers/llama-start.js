// Prints the milliseconds from the start of this process to the first token that node-llama-cpp generates.
// Usage: node llama-start.js MODEL THREADS

import { getLlama, LlamaLogLevel } from 'node-llama-cpp';

const [, , model, threadCount] = process.argv;
const threads = Number(threadCount);
const logLevel = LlamaLogLevel.error;
const llama = await getLlama({ gpu: false, build: 'never', maxThreads: threads, logLevel });
const loadedModel = await llama.loadModel({ modelPath: model });
const context = await loadedModel.createContext({ contextSize: 512, batchSize: 512, threads });
const sequence = context.getSequence();
const options = { temperature: 0, yieldEogToken: true };
for await (const _ of sequence.evaluate(loadedModel.tokenize('Hello'), options)) break;
console.log(JSON.stringify({ startMs: performance.now() }));
process.exit(0);
