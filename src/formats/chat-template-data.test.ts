import { expect, it } from 'vitest';
import { readFolderTemplates, readGgufTemplates } from './chat-template-data.ts';

const NO_FILES: ReadonlyMap<string, string> = new Map();

it('reads one template or several named ones from the settings', () => {
  expect(readFolderTemplates({ chat_template: 'one' }, NO_FILES).chatTemplates).toEqual(
    new Map([['default', 'one']]),
  );
  const named = [
    { name: 'default', template: 'one' },
    { name: 'tool_use', template: 'two' },
  ];
  expect(readFolderTemplates({ chat_template: named }, NO_FILES).chatTemplates).toEqual(
    new Map([
      ['default', 'one'],
      ['tool_use', 'two'],
    ]),
  );
  const byName = { default: 'one', tool_use: 'two', broken: 1 };
  expect(readFolderTemplates({ chat_template: byName }, NO_FILES).chatTemplates).toEqual(
    new Map([
      ['default', 'one'],
      ['tool_use', 'two'],
    ]),
  );
  expect(readFolderTemplates({}, NO_FILES)).toEqual({});
});

it('prefers separate files, and reads the spellings of tokens', () => {
  const settings = {
    chat_template: 'one',
    pad_token: { content: '<pad>' },
    unk_token: '<unk>',
    bos_token: null,
  };
  expect(readFolderTemplates(settings, new Map([['default', 'two']]))).toEqual({
    chatTemplates: new Map([['default', 'two']]),
    padToken: '<pad>',
    unknownToken: '<unk>',
  });
});

it('reads the keys of a GGUF', () => {
  const metadata = new Map<string, string | number | readonly string[]>([
    ['tokenizer.ggml.tokens', ['<unk>', 'a', '<pad>']],
    ['tokenizer.ggml.padding_token_id', 2],
    ['tokenizer.chat_template', 'one'],
    ['tokenizer.chat_template.tool_use', 'two'],
    ['tokenizer.chat_templates', ['tool_use']],
  ]);
  expect(readGgufTemplates(metadata)).toEqual({
    chatTemplates: new Map([
      ['default', 'one'],
      ['tool_use', 'two'],
    ]),
    padToken: '<pad>',
  });
  expect(readGgufTemplates(new Map())).toEqual({});
});
