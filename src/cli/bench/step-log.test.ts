import { expect, test } from 'vitest';
import { reference } from '../../kernels/reference/node/reference-backend.ts';
import { StepLog } from './step-log.ts';

test('a recorded backend has all properties of the backend, such as the limit of its memory', () => {
  const backend = { ...reference(), memoryBytes: 12_345 };
  const { loadWeights, createExecutable, ...properties } = backend;
  expect(new StepLog(false).record(backend)).toMatchObject(properties);
});
