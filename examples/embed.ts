// Adds the server with two models to a Fastify application, under a URL prefix.
import fastify from 'fastify';
import { loadEngine } from 'quire-llm';
import { createServer, Service } from 'quire-llm/server';

await using service = await Service.create({
  models: [
    { name: 'small', load: () => loadEngine({ model: 'embedded', context: 512, kvMemory: 32 * 2 ** 20 }) },
    { name: 'large', load: () => loadEngine({ model: 'embedded', context: 1024, kvMemory: 64 * 2 ** 20 }) },
  ],
});
const app = fastify();
const quire = createServer(service);
app.get('/', async () => 'my own page');
await app.register(quire, { prefix: '/quire' });
const url = await app.listen({ host: '127.0.0.1', port: 0 });
await service.loaded;

interface Answer {
  model: string;
  choices: { message: { content: string } }[];
}
const messages = [{ role: 'user', content: 'What is the capital of France?' }];
for (const model of ['small', 'large']) {
  const body = JSON.stringify({ model, messages, temperature: 0 });
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(`${url}/quire/v1/chat/completions`, { method: 'POST', headers, body });
  const answer = (await response.json()) as Answer;
  console.log(answer.model, answer.choices[0]?.message.content);
}
await quire.finish();
await app.close();
