// Defines a backend that delegates to the reference backend and reports how long each step took.

import { loadEngine } from 'quire-llm';
import { type Backend, type Executable, reference } from 'quire-llm/kernels';

function timed(inner: Backend, report: (tokens: number, ms: number) => void): Backend {
  return {
    ...inner,
    name: `timed-${inner.name}`,
    async createExecutable(request): Promise<Executable> {
      const executable = await inner.createExecutable(request);
      return {
        async step(plan) {
          const result = await executable.step(plan);
          report(plan.tokens.length, result.stepMs);
          return result;
        },
        readBlock: (group, block) => executable.readBlock(group, block),
        writeBlock: (group, block, data) => executable.writeBlock(group, block, data),
        setAdapter: (slot, adapter) => executable.setAdapter(slot, adapter),
        dispose: () => executable.dispose(),
      };
    },
  };
}

const backend = timed(reference(), (tokens, ms) => console.log(`${tokens} tokens in ${ms.toFixed(1)} ms`));
await using engine = await loadEngine({ model: 'embedded', context: 256, backend });
const { result } = engine.generate({
  prompt: 'What is the capital of France?',
  maxTokens: 16,
  temperature: 0,
});
const { text, backend: name } = await result;
console.log(`${name}: ${text}`);
