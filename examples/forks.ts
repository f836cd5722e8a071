// Generates three answers to a prompt that is computed once, and forks a conversation.
import { createConversation, loadEngine } from 'quire-llm';

await using engine = await loadEngine({ model: 'embedded' });

const request = { prompt: 'What is the capital of Japan?', maxTokens: 20, temperature: 0.8, seed: 1 };
for (const { result } of engine.generateChoices(request, 3)) {
  const { text, cachedTokens, computedTokens } = await result;
  console.log(`${text} (${cachedTokens} tokens cached, ${computedTokens} computed)`);
}

const conversation = createConversation(engine);
await conversation.send('My dog is called Rex and I live in Oslo.', { temperature: 0 }).result;
const fork = conversation.fork();
for (const [branch, question] of [
  [conversation, 'What is my dog called?'],
  [fork, 'Where do I live?'],
] as const) {
  const { text, cache } = await branch.send(question, { temperature: 0 }).result;
  console.log(text, cache);
}
