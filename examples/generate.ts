import { loadEngine } from 'quire-llm';

await using engine = await loadEngine({ model: 'embedded', cache: 'paged', context: 512 });

const stream = engine.generate({
  prompt: 'What is the capital of France?',
  maxTokens: 40,
  temperature: 0,
  stop: ['\n'],
  signal: AbortSignal.timeout(30_000),
});
for await (const piece of stream) process.stdout.write(piece);
console.log();
console.log((await stream.result).finishReason);
