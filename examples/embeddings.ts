import { loadEngine } from 'quire-llm';

// The embedded model is a chat model, so the pooling must be stated. Use an embedding model for a search: its files state it.
await using engine = await loadEngine({ model: 'embedded', pooling: 'mean' });

const texts = [
  'What is the highest mountain in the world?',
  'What is the highest mountain on earth?',
  'My cat is called Mimi.',
];
const { vectors, promptTokens } = await engine.embed(texts);
console.log(`${promptTokens} tokens, vectors of ${vectors[0]!.length} numbers`);

// The vectors have the length 1, so the cosine of two of them is the sum of the products.
const [question, ...others] = vectors;
for (const [i, vector] of others.entries())
  console.log(texts[i + 1], question!.reduce((sum, x, k) => sum + x * vector[k]!, 0).toFixed(2));
