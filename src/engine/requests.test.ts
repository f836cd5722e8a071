import { expect, test } from 'vitest';
import { checkRequest, type GenerateRequest } from './requests.ts';

const hello = { role: 'user', content: 'Hello' };

test.each([
  ['nothing', {}, 'generate is given nothing to complete'],
  ['no object', undefined, 'generate is given undefined'],
  ['a text', 'Hello', 'generate is given a string'],
  ['two of them', { prompt: 'Hello', messages: [hello] }, 'generate is given prompt and messages'],
  ['a prompt that is no text', { prompt: 3 }, 'prompt is a number'],
  ['tokens that are no array', { tokens: '1 2' }, 'tokens is a string'],
  ['no messages', { messages: [] }, 'messages is empty'],
  ['one message without a list', { messages: hello }, 'messages is an object'],
  ['a message that is a text', { messages: ['Hello'] }, 'messages[0] is a string'],
  ['another role', { messages: [hello, { role: 'bot', content: '' }] }, 'the role of messages[1] is "bot"'],
  [
    'content in parts',
    { messages: [{ role: 'user', content: [] }] },
    'the content of messages[0] is an array',
  ],
  ['a system message beside messages', { messages: [hello], system: 'Be brief.' }, 'system is for a prompt'],
  ['raw tokens', { tokens: [1], raw: true }, 'raw is for a prompt'],
])('a request with %s is refused', (_, request, what) => {
  expect(() => checkRequest(request as GenerateRequest)).toThrow(
    expect.objectContaining({ code: 'bad_option', message: expect.stringContaining(what) }),
  );
});

test('one thing to complete is enough, and undefined options are as if they were absent', () => {
  const more = { system: undefined, messages: undefined } as object;
  for (const one of [{ prompt: '' }, { messages: [hello] }, { tokens: [1] }])
    expect(() => checkRequest({ ...more, ...one } as GenerateRequest)).not.toThrow();
});
