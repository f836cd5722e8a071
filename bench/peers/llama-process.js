// One run of node-llama-cpp in a separate process. Prints the same fields as `quire bench --json`.
// Usage: node llama-process.js MODEL '{"promptTokens":512,"generateTokens":64,"concurrency":1,"threads":2,"repetitions":3}'

import { getLlama, LlamaLogLevel } from 'node-llama-cpp';

const [, , model, json] = process.argv;
const { promptTokens, generateTokens, concurrency, threads, repetitions, greedy } = JSON.parse(json);

const llama = await getLlama({
  gpu: false,
  build: 'never',
  maxThreads: threads,
  logLevel: LlamaLogLevel.error,
});
const started = performance.now();
const loaded = await llama.loadModel({ modelPath: model });
const context = await loaded.createContext({
  contextSize: promptTokens + generateTokens + 8,
  batchSize: 512,
  sequences: concurrency,
  threads,
});
const loadMs = performance.now() - started;
const vocabSize = loaded.fileInfo.metadata.tokenizer.ggml.tokens.length;

// The same pseudo-random tokens as src/cli/bench.ts.
function freshTokens(count, seed) {
  const first = Math.min(300, vocabSize >> 1);
  let state = (seed * 2_654_435_761) >>> 0;
  return Array.from({ length: count }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return first + Math.floor((state / 2 ** 32) * (vocabSize - first) * 0.98);
  });
}

async function answer(sequence, tokens, count) {
  await sequence.clearHistory();
  const begun = performance.now();
  let first;
  const chosen = [];
  const options = { temperature: 0, yieldEogToken: true };
  for await (const token of sequence.evaluate(tokens, options)) {
    first ??= performance.now();
    chosen.push(token);
    if (chosen.length === count) break;
  }
  return { chosen, ttftMs: first - begun, endMs: performance.now() - first };
}

const sequences = Array.from({ length: concurrency }, () => context.getSequence());
if (greedy !== undefined) {
  const { chosen } = await answer(sequences[0], greedy, generateTokens);
  console.log(JSON.stringify({ tokens: chosen }));
} else {
  const rounds = [];
  for (let round = 0; round <= repetitions; round++) {
    const from = performance.now();
    const results = await Promise.all(
      sequences.map((sequence, i) =>
        answer(sequence, freshTokens(promptTokens, round * concurrency + i + 1), generateTokens),
      ),
    );
    const seconds = (performance.now() - from) / 1000;
    const slowest = Math.max(...results.map(({ ttftMs }) => ttftMs)) / 1000;
    const generated = results.reduce((sum, { chosen }) => sum + chosen.length, 0);
    if (round > 0)
      rounds.push({
        prefillTokensPerSecond: (concurrency * promptTokens) / slowest,
        decodeTokensPerSecond: (1000 * (results[0].chosen.length - 1)) / results[0].endMs,
        throughputTokensPerSecond: generated / seconds,
      });
  }
  const median = (key) => rounds.map((round) => round[key]).sort((a, b) => a - b)[rounds.length >> 1];
  const keys = Object.keys(rounds[0]);
  const peakResidentBytes = process.resourceUsage().maxRSS * 1024;
  console.log(
    JSON.stringify({
      loadMs,
      peakResidentBytes,
      ...Object.fromEntries(keys.map((key) => [key, median(key)])),
    }),
  );
}
process.exit(0);
