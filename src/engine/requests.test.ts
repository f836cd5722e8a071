import { expect, test } from 'vitest';
import { checkRequest, type GenerateRequest } from './requests.ts';

const hello = { role: 'user', content: 'Hello' };

test.each([
  ['no input', {}, 'generate got no input'],
  ['undefined instead of an object', undefined, 'generate needs an object of options, got undefined'],
  ['a string instead of an object', 'Hello', 'generate needs an object of options, got a string'],
  ['two inputs', { prompt: 'Hello', messages: [hello] }, 'generate got prompt and messages'],
  ['a prompt that is not a string', { prompt: 3 }, 'prompt is a number'],
  ['tokens that are not an array', { tokens: '1 2' }, 'tokens must be an array, got a string'],
  ['no messages', { messages: [] }, 'messages must be a non-empty array, got an empty array'],
  [
    'a message that is not in a list',
    { messages: hello },
    'messages must be a non-empty array, got an object',
  ],
  ['a message that is a text', { messages: ['Hello'] }, 'messages[0] must be an object, got a string'],
  ['an unknown role', { messages: [hello, { role: 'bot', content: '' }] }, 'messages[1].role is "bot"'],
  [
    'content that is a list',
    { messages: [{ role: 'user', content: [] }] },
    'messages[0].content is an array',
  ],
  [
    'both system and messages',
    { messages: [hello], system: 'Be brief.' },
    'system can only be used with prompt',
  ],
  ['both raw and tokens', { tokens: [1], raw: true }, 'raw can only be used with prompt'],
])('checkRequest rejects a request with %s', (_, request, message) => {
  expect(() => checkRequest(request as GenerateRequest)).toThrow(
    expect.objectContaining({ code: 'bad_option', message: expect.stringContaining(message) }),
  );
});

test('checkRequest accepts a request with one input, and undefined options count as absent', () => {
  const undefinedOptions = { system: undefined, messages: undefined } as object;
  for (const input of [{ prompt: '' }, { messages: [hello] }, { tokens: [1] }])
    expect(() => checkRequest({ ...undefinedOptions, ...input } as GenerateRequest)).not.toThrow();
});
