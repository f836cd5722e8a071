import fastify from 'fastify';
import { expect, test } from 'vitest';
import { Drain } from './drain.ts';

test('every call of Drain.finish resolves when the last request ends', async () => {
  const app = fastify();
  const drain = new Drain();
  drain.install(app);
  let respond: (text: string) => void = () => undefined;
  let onRequest: () => void = () => undefined;
  const requestReceived = new Promise<void>((resolve) => {
    onRequest = resolve;
  });
  app.get('/', () => {
    onRequest();
    return new Promise<string>((resolve) => {
      respond = resolve;
    });
  });
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  const response = fetch(url);
  await requestReceived;
  const started = performance.now();
  const finished = Promise.all([drain.finish(20_000), drain.finish(20_000)]);
  respond('done');
  expect(await (await response).text()).toBe('done');
  await finished;
  expect(performance.now() - started).toBeLessThan(10_000);
  await app.close();
});
