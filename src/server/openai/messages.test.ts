import { expect, test } from 'vitest';
import { chatMessages, messagesSchema, refuseInMessages } from './messages.ts';

const read = (messages: unknown) => chatMessages(messagesSchema.parse(refuseInMessages(messages)));

test('messages keep what templates read', () => {
  expect(
    read([
      { role: 'system', content: 's', name: 'n', tool_calls: null },
      { role: 'assistant', content: 'a', reasoning_content: 'r', refusal: null },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'one ' },
          { type: 'text', text: 'two' },
        ],
      },
    ]),
  ).toEqual([
    { role: 'system', content: 's', name: 'n' },
    { role: 'assistant', content: 'a', reasoning_content: 'r' },
    { role: 'user', content: 'one two' },
  ]);
});

test.each([
  [{ role: 'tool', content: 'x' }, 'not_supported', 'messages.0.role'],
  [{ role: 'developer', content: 'x' }, 'not_supported', 'messages.0.role'],
  [{ role: 'assistant', content: 'x', tool_calls: [] }, 'not_supported', 'messages.0.tool_calls'],
  [{ role: 'user', content: [{ type: 'input_audio' }] }, 'not_supported', 'messages.0.content.0.type'],
  [{ role: 'user', content: 'x', nome: 'n' }, 'unknown_option', 'messages.0.nome'],
])('%j is refused by name', (message, code, param) => {
  expect(() => read([message])).toThrow(expect.objectContaining({ code, param }));
});

test.each([
  [undefined],
  [[]],
  [[1]],
  [[{ role: 'user' }]],
  [[{ role: 'user', content: [{ type: 'text' }] }]],
])('%j is left to the schema', (messages) => {
  expect(messagesSchema.safeParse(refuseInMessages(messages)).success).toBe(false);
});
