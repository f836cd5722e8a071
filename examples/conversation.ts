import { createConversation, loadEngine } from 'quire-llm';

await using engine = await loadEngine({ model: 'embedded' });
const conversation = createConversation(engine);

for (const question of ['What is the highest mountain in the world?', 'What is the second?']) {
  const stream = conversation.send(question, { temperature: 0 });
  for await (const piece of stream) process.stdout.write(piece);
  const { cachedTokens, computedTokens } = await stream.result;
  console.log(` (${cachedTokens} tokens cached, ${computedTokens} computed)`);
}
