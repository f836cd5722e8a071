import { expect, test } from 'vitest';
import { z } from 'zod';
import { TEMPLATE_FIELDS } from './compatibility-fields.ts';
import { chatMessages, messagesSchema, readWithMessages } from './messages.ts';

const schema = z.strictObject({ messages: messagesSchema });

function read(messages: unknown) {
  const { parameters, ignored } = readWithMessages(schema, { messages }, TEMPLATE_FIELDS);
  return { messages: chatMessages(parameters.messages), ignored };
}

test('chatMessages returns the fields that chat templates read', () => {
  const { messages, ignored } = read([
    { role: 'system', content: 's', name: 'n', tool_calls: null },
    { role: 'developer', content: 'd' },
    { role: 'assistant', content: 'a', reasoning_content: 'r', refusal: null },
    { role: 'assistant', content: 'a', reasoning: 'r' },
    {
      role: 'user',
      content: [
        { type: 'text', text: 'one ' },
        { type: 'text', text: 'two' },
      ],
    },
  ]);
  expect(messages).toEqual([
    { role: 'system', content: 's', name: 'n' },
    { role: 'system', content: 'd' },
    { role: 'assistant', content: 'a', reasoning_content: 'r' },
    { role: 'assistant', content: 'a', reasoning_content: 'r' },
    { role: 'user', content: 'one two' },
  ]);
  expect(ignored).toEqual([]);
});

const EMPTY_VALUES: readonly object[] = [
  { refusal: null, annotations: null, audio: null, function_call: null, tool_calls: null }, // openai-python
  { refusal: null, annotations: [] }, // OpenAI's own responses
  { tool_calls: [] }, // vLLM, LiteLLM
  { reasoning: null },
  { name: '' },
  { refusal: '' },
  { reasoning_content: '' },
  { unknown_name: null },
  { unknown_name: {} },
  { tool_call_id: '' },
];

test.each(EMPTY_VALUES)('readWithMessages ignores empty values: %j', (emptyFields) => {
  expect(read([{ role: 'assistant', content: 'a', ...emptyFields }])).toEqual({
    messages: [{ role: 'assistant', content: 'a' }],
    ignored: [],
  });
});

test('readWithMessages accepts empty content, and null for an assistant message', () => {
  const contentOf = (message: object) => read([message]).messages[0]!.content;
  expect(contentOf({ role: 'assistant', content: null })).toBe('');
  expect(contentOf({ role: 'assistant', content: '' })).toBe('');
  expect(contentOf({ role: 'user', content: '' })).toBe('');
  expect(contentOf({ role: 'user', content: [] })).toBe('');
  expect(contentOf({ role: 'user', content: [{ type: 'text', text: '' }] })).toBe('');
});

test('readWithMessages ignores fields that clients store with messages, and lists each field once', () => {
  const message = {
    role: 'user',
    content: [{ type: 'text', text: 'x', cache_control: { type: 'ephemeral' } }],
    id: 'msg_1',
    opts: { visible: true },
    annotations: [{ type: 'url_citation' }],
  };
  expect(read([message, message])).toEqual({
    messages: [
      { role: 'user', content: 'x' },
      { role: 'user', content: 'x' },
    ],
    ignored: ['messages.id', 'messages.opts', 'messages.annotations', 'messages.content.cache_control'],
  });
});

test.each([
  [{ role: 'tool', content: 'x' }, 'not_supported', 'messages.0.role'],
  [{ role: 'tool', content: 'x', tool_call_id: 'y' }, 'not_supported', 'messages.0.role'],
  [{ role: 'assistant', content: 'x', tool_calls: [{}] }, 'not_supported', 'messages.0.tool_calls'],
  [{ role: 'user', content: [{ type: 'input_audio' }] }, 'not_supported', 'messages.0.content.0.type'],
  [
    { role: 'user', content: [{ type: 'text', text: 'x', y: 1 }] },
    'unknown_option',
    'messages.0.content.0.y',
  ],
  [{ role: 'user', content: 'x', nome: 'n' }, 'unknown_option', 'messages.0.nome'],
  [{ role: 'user', content: null }, 'bad_option', 'messages.0.content'],
])('readWithMessages rejects %j and names the field', (message, code, param) => {
  expect(() => read([message])).toThrow(expect.objectContaining({ code, option: param }));
});

test.each([
  [undefined],
  [[]],
  [[1]],
  [[{ role: 'user' }]],
  [[{ role: 'user', content: [{ type: 'text' }] }]],
])('readWithMessages rejects messages that do not match the schema: %j', (messages) => {
  expect(() => read(messages)).toThrow(expect.objectContaining({ code: 'bad_option' }));
});
