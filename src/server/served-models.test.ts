import { expect, test } from 'vitest';
import { answering, type ServedModel } from './served-models.ts';

const model = (id: string): ServedModel => ({ id }) as ServedModel;
const one = [model('quire-5m')];
const several = [model('quire-5m'), model('quire-8m')];

test('one model answers to every name', () => {
  for (const name of [undefined, 'quire-5m', 'gpt-4o', 'dummy'])
    expect(answering(one, name, []).id).toBe('quire-5m');
});

test('of several, the one that is named answers, and another name is refused', () => {
  expect(answering(several, 'quire-8m', []).id).toBe('quire-8m');
  expect(answering(several, './models/x.gguf', ['./models/x.gguf']).id).toBe('quire-5m');
  const refused = { code: 'model_not_found', option: 'model', hint: expect.stringContaining('quire-8m') };
  expect(() => answering(several, 'gpt-4o', [])).toThrow(expect.objectContaining(refused));
});
