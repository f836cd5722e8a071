import { expect, test } from 'vitest';
import { failedStream } from './failed-stream.ts';

test('`accepted`, `result` and the iteration of a failedStream reject with the error', async () => {
  const error = new Error('no');
  const stream = failedStream(error);
  await expect(stream.accepted).rejects.toBe(error);
  await expect(stream.result).rejects.toBe(error);
  const iterate = async (): Promise<void> => {
    for await (const piece of stream) throw new Error(`a piece: ${piece}`);
  };
  await expect(iterate()).rejects.toBe(error);
});
