import { expect, it } from 'vitest';
import { readFolderTemplates, readGgufTemplates } from './chat-template-data.ts';

const NO_FILES: ReadonlyMap<string, string> = new Map();

it('readFolderTemplates reads one template or several named templates', () => {
  expect(readFolderTemplates({ chat_template: 'one' }, NO_FILES).chatTemplates).toEqual(
    new Map([['default', 'one']]),
  );
  const templateList = [
    { name: 'default', template: 'one' },
    { name: 'tool_use', template: 'two' },
  ];
  expect(readFolderTemplates({ chat_template: templateList }, NO_FILES).chatTemplates).toEqual(
    new Map([
      ['default', 'one'],
      ['tool_use', 'two'],
    ]),
  );
  const templatesByName = { default: 'one', tool_use: 'two', broken: 1 };
  expect(readFolderTemplates({ chat_template: templatesByName }, NO_FILES).chatTemplates).toEqual(
    new Map([
      ['default', 'one'],
      ['tool_use', 'two'],
    ]),
  );
  expect(readFolderTemplates({}, NO_FILES)).toEqual({});
});

it('readFolderTemplates prefers separate files, and returns the texts of the padding and unknown tokens', () => {
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

it('readGgufTemplates reads the templates and the texts of the padding and unknown tokens', () => {
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
