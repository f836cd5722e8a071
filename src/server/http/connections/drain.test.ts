import fastify from 'fastify';
import { expect, test } from 'vitest';
import { Drain } from './drain.ts';

test('every call of finish resolves when the last request ends', async () => {
  const app = fastify();
  const drain = new Drain();
  drain.install(app);
  let answer: (text: string) => void = () => undefined;
  let begun: () => void = () => undefined;
  const asked = new Promise<void>((resolve) => {
    begun = resolve;
  });
  app.get('/', () => {
    begun();
    return new Promise<string>((resolve) => {
      answer = resolve;
    });
  });
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  const response = fetch(url);
  await asked;
  const started = performance.now();
  const finished = Promise.all([drain.finish(20_000), drain.finish(20_000)]);
  answer('done');
  expect(await (await response).text()).toBe('done');
  await finished;
  expect(performance.now() - started).toBeLessThan(10_000);
  await app.close();
});
