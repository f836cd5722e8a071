import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { SseStream } from './sse-stream.ts';

const LONG_TIMEOUTS = { pingMs: 60_000, slowReaderMs: 60_000 };
const LARGE = { text: 'x'.repeat(100_000) };

test('SseStream writes an event as a data line and an empty line', async () => {
  const sse = new SseStream(LONG_TIMEOUTS);
  await sse.send({ line: 'one\ntwo' });
  await sse.send('[DONE]');
  sse.end();
  const bytes = Buffer.concat(await sse.body.toArray());
  expect(String(bytes)).toBe('data: {"line":"one\\ntwo"}\n\ndata: [DONE]\n\n');
});

test('`send` waits until a slow client reads', async () => {
  const sse = new SseStream(LONG_TIMEOUTS);
  let sentCount = 0;
  const sending = Promise.all([1, 2].map(() => sse.send(LARGE).then(() => sentCount++)));
  await sleep(20);
  expect(sentCount).toBe(0);
  sse.body.resume();
  await sending;
  expect(sentCount).toBe(2);
  sse.body.destroy();
});

test('a client that does not read is disconnected, and later calls of `send` do not wait', async () => {
  const sse = new SseStream({ ...LONG_TIMEOUTS, slowReaderMs: 20 });
  await sse.send(LARGE);
  expect(sse.body.destroyed).toBe(true);
  await sse.send(LARGE);
  sse.end();
});

test('a stream sends pings only while it sends no events', async () => {
  const sse = new SseStream({ ...LONG_TIMEOUTS, pingMs: 30 });
  let text = '';
  sse.body.on('data', (data) => {
    text += String(data);
  });
  for (let i = 0; i < 5; i++) {
    await sse.send({ i });
    await sleep(5);
  }
  expect(text).not.toContain(': ping');
  await expect.poll(() => text).toMatch(/\n\n: ping\n\n$/);
  sse.end();
});
