import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { SseStream } from './sse-stream.ts';

const SLOW = { pingMs: 60_000, slowReaderMs: 60_000 };
const LARGE = { text: 'x'.repeat(100_000) };

test('an event is a data line and an empty line', async () => {
  const sse = new SseStream(SLOW);
  await sse.send({ line: 'one\ntwo' });
  await sse.send('[DONE]');
  sse.end();
  const bytes = Buffer.concat(await sse.body.toArray());
  expect(String(bytes)).toBe('data: {"line":"one\\ntwo"}\n\ndata: [DONE]\n\n');
});

test('sending waits for a slow client and then continues', async () => {
  const sse = new SseStream(SLOW);
  let sent = 0;
  const sending = Promise.all([1, 2].map(() => sse.send(LARGE).then(() => sent++)));
  await sleep(20);
  expect(sent).toBe(0);
  sse.body.resume();
  await sending;
  expect(sent).toBe(2);
  sse.body.destroy();
});

test('a client that reads nothing is disconnected, and later sends do not wait', async () => {
  const sse = new SseStream({ ...SLOW, slowReaderMs: 20 });
  await sse.send(LARGE);
  expect(sse.body.destroyed).toBe(true);
  await sse.send(LARGE);
  sse.end();
});

test('only a silent stream sends pings', async () => {
  const sse = new SseStream({ ...SLOW, pingMs: 30 });
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
