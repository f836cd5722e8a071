import { expect, test } from 'vitest';
import { withBackend } from './load-model.ts';

test('withBackend rejects a model that is not a string or is empty; null means the default model', () => {
  for (const model of [5, '', {}, null]) {
    const options = { model: model as string, backend: 'reference' } as const;
    if (model === null) expect(withBackend(options).model).toBe('embedded');
    else expect(() => withBackend(options)).toThrow(expect.objectContaining({ code: 'bad_option' }));
  }
});
