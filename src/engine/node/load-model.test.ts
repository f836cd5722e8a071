import { expect, test } from 'vitest';
import { toEngineRequest } from './load-model.ts';

test('toEngineRequest rejects an empty string and other types as model, and replaces null with the default model', () => {
  for (const model of [5, '', {}, null]) {
    const options = { model: model as string, backend: 'reference' } as const;
    if (model === null) expect(toEngineRequest(options).model).toBe('embedded');
    else expect(() => toEngineRequest(options)).toThrow(expect.objectContaining({ code: 'bad_option' }));
  }
});
