// One run of node-llama-cpp in a separate process. Prints the same fields as `quire bench --json`.
// Usage: node llama-process.js MODEL '{"promptTokens":512,"generateTokens":64,"concurrency":1,"threads":2,"repetitions":3}'
// With the field `greedy`, the token ids of a prompt, prints the ids of its greedy answer instead.

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
const loadedModel = await llama.loadModel({ modelPath: model });
const context = await loadedModel.createContext({
  contextSize: promptTokens + generateTokens + 8,
  batchSize: 512,
  sequences: concurrency,
  threads,
});
const loadMs = performance.now() - started;
const vocabSize = loadedModel.fileInfo.metadata.tokenizer.ggml.tokens.length;

// Returns the same pseudo-random tokens as src/cli/bench/measure.ts.
function pseudoRandomTokens(count, seed) {
  const firstId = Math.min(300, vocabSize >> 1);
  let state = (seed * 2_654_435_761) >>> 0;
  return Array.from({ length: count }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return firstId + Math.floor((state / 2 ** 32) * (vocabSize - firstId) * 0.98);
  });
}

async function generate(sequence, tokens, count) {
  await sequence.clearHistory();
  const startedAt = performance.now();
  let firstTokenAt;
  const generated = [];
  const options = { temperature: 0, yieldEogToken: true };
  for await (const token of sequence.evaluate(tokens, options)) {
    firstTokenAt ??= performance.now();
    generated.push(token);
    if (generated.length === count) break;
  }
  return { generated, ttftMs: firstTokenAt - startedAt, decodeMs: performance.now() - firstTokenAt };
}

const sequences = Array.from({ length: concurrency }, () => context.getSequence());
if (greedy !== undefined) {
  const { generated } = await generate(sequences[0], greedy, generateTokens);
  console.log(JSON.stringify({ tokens: generated }));
} else {
  const rounds = [];
  for (let round = 0; round <= repetitions; round++) {
    const roundStartedAt = performance.now();
    const results = await Promise.all(
      sequences.map((sequence, i) =>
        generate(sequence, pseudoRandomTokens(promptTokens, round * concurrency + i + 1), generateTokens),
      ),
    );
    const seconds = (performance.now() - roundStartedAt) / 1000;
    const longestTtftSeconds = Math.max(...results.map(({ ttftMs }) => ttftMs)) / 1000;
    const generatedTokens = results.reduce((sum, { generated }) => sum + generated.length, 0);
    if (round > 0)
      rounds.push({
        prefillTokensPerSecond: (concurrency * promptTokens) / longestTtftSeconds,
        decodeTokensPerSecond: (1000 * (results[0].generated.length - 1)) / results[0].decodeMs,
        throughputTokensPerSecond: generatedTokens / seconds,
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
