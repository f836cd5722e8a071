import { expect } from 'vitest';

/** The error for a key whose value is not supported. */
export const unsupportedError = (key: string) =>
  expect.objectContaining({
    code: 'unsupported_config',
    message: expect.stringContaining(key) as string,
  }) as Error;
