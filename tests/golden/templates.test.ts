// Chat templates in the formats of well-known models, compared with transformers; single features of Jinja, compared with
// Python; and control strings in the contents of messages.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonObject, JsonValue } from '../../src/base/model/tokenizer-data.ts';
import { finish } from '../../src/base/steps.ts';
import type { ChatMessage } from '../../src/completion/chat-message.ts';
import {
  type ChatEncodeOptions,
  type ChatTemplate,
  createChatTemplate,
} from '../../src/text/chat-template.ts';
import { parseTemplate } from '../../src/text/jinja/program.ts';
import { renderProgram } from '../../src/text/jinja/render.ts';
import { MarkedStrings } from '../../src/text/jinja/strings/marked-strings.ts';
import { createTokenizer, type Tokenizer } from '../../src/text/tokenizer.ts';
import { controlVocabulary } from '../support/models/control-vocabulary.ts';

interface Outcome {
  readonly text?: string;
  /** the error of Python */
  readonly error?: string;
}

interface Case extends Outcome {
  readonly conversation: string;
  readonly addGenerationPrompt: boolean;
  readonly tools?: true;
  readonly documents?: true;
  readonly templateOptions?: Record<string, JsonValue>;
}

interface Model {
  readonly tokens: Parameters<typeof controlVocabulary>[0];
  readonly cases: readonly Case[];
}

interface Golden {
  readonly now: string;
  readonly tools: JsonObject[];
  readonly documents: JsonObject[];
  readonly conversations: Record<string, ChatMessage[]>;
  readonly models: Record<string, Model>;
  readonly variables: JsonObject;
  readonly snippets: readonly (Outcome & { template: string })[];
}

const read = (path: string): string => readFileSync(fileURLToPath(new URL(path, import.meta.url)), 'utf8');
const golden = JSON.parse(read('./fixtures/templates.json')) as Golden;
const now = (): Date => new Date(golden.now);

function optionsOf({ addGenerationPrompt, tools, documents, templateOptions }: Case): ChatEncodeOptions {
  return {
    addGenerationPrompt,
    ...(tools === undefined ? {} : { tools: golden.tools }),
    ...(documents === undefined ? {} : { documents: golden.documents }),
    ...(templateOptions === undefined ? {} : { templateOptions }),
  };
}

function open(name: string, { tokens }: Model): { tokenizer: Tokenizer; template: ChatTemplate } {
  const tokenizer = createTokenizer(controlVocabulary(tokens));
  const data = {
    chatTemplates: new Map([['default', read(`./templates/${name}.jinja`)]]),
    ...(tokens.pad === undefined ? {} : { padToken: tokens.pad }),
    ...(tokens.unk === undefined ? {} : { unknownToken: tokens.unk }),
  };
  return { tokenizer, template: createChatTemplate(data, tokenizer, { now }) };
}

const CALL: ChatMessage = {
  role: 'assistant',
  content: '',
  tool_calls: [{ id: 'call00001', type: 'function', function: { name: 'f', arguments: {} } }],
};

const ROLES: Readonly<Record<string, (content: string) => ChatMessage[]>> = {
  'of a user': (content) => [{ role: 'user', content }],
  'of the system': (content) => [
    { role: 'system', content },
    { role: 'user', content: 'hi' },
  ],
  'of a tool': (content) => [
    { role: 'user', content: 'call' },
    CALL,
    { role: 'tool', content, tool_call_id: 'call00001' },
  ],
};

describe.each(Object.entries(golden.models))('%s', (name, model) => {
  const { tokenizer, template } = open(name, model);
  const { special, added = [] } = model.tokens;
  const controlIds = new Set(
    tokenizer.controlStrings.map((text) => tokenizer.encode(text, { special: 'parse' })[0]),
  );
  const controls = (ids: readonly number[]) => ids.filter((id) => controlIds.has(id));
  const accepted = model.cases.filter(({ text }) => text !== undefined);

  it('renders the text of transformers and encodes exactly that text', () => {
    expect(accepted.length).toBeGreaterThan(0);
    for (const each of accepted) {
      const messages = golden.conversations[each.conversation] ?? [];
      const shown = JSON.stringify({ ...each, text: undefined });
      expect(template.render(messages, optionsOf(each)), shown).toBe(each.text);
      const { text, tokens } = template.encode(messages, optionsOf(each));
      expect(text, shown).toBe(each.text);
      expect(tokenizer.decodeRaw(tokens), shown).toBe(each.text);
    }
  });

  it('fails with the error that the template raises', () => {
    for (const each of model.cases.filter(({ error }) => error !== undefined)) {
      const messages = golden.conversations[each.conversation] ?? [];
      const reason = each.error?.replace(/^TemplateError: /, '');
      expect(() => template.encode(messages, optionsOf(each)), each.conversation).toThrow(
        expect.objectContaining({
          code: 'bad_chat_template',
          message: expect.stringContaining(reason ?? ''),
        }),
      );
    }
  });

  // The same conversation with plain words shows which tokens the template itself writes.
  const roles = Object.entries(ROLES).filter(([, messagesWith]) => accepts(template, messagesWith('plain')));
  it.each(roles)('encodes control strings in a message %s as text', (_role, messagesWith) => {
    const strings = [...special, ...added];
    const plain = template.encode(messagesWith('plain')).tokens;
    for (const content of [...strings, strings.join(''), strings.map((text) => `a${text} `).join('\n')]) {
      const { text, tokens } = template.encode(messagesWith(content));
      expect(text, content).toBe(template.render(messagesWith(content)));
      expect(tokenizer.decodeRaw(tokens), content).toBe(text);
      expect(controls(tokens), content).toEqual(controls(plain));
    }
  });

  // Parts of control strings, and strings at which templates split and strip, in any order in any message.
  it('writes the same control tokens for any contents', () => {
    const halves = [...special, ...added].flatMap((text) => [text.slice(0, 2), text.slice(2), text]);
    const part = fc.constantFrom(
      ...halves,
      '<think>',
      '</think>',
      ' ',
      '\n',
      '\n\n',
      '<tool_response>',
      '"',
      'a',
    );
    const content = fc.array(part, { maxLength: 6 }).map((parts) => parts.join(''));
    const say = (one: string, two: string, three: string): ChatMessage[] => [
      { role: 'user', content: one },
      { role: 'assistant', content: two },
      { role: 'user', content: three },
    ];
    const plain = controls(template.encode(say('a', 'b', 'c')).tokens);
    fc.assert(
      fc.property(content, content, content, (...contents) => {
        const { text, tokens } = template.encode(say(...contents));
        expect(text).toBe(template.render(say(...contents)));
        expect(tokenizer.decodeRaw(tokens)).toBe(text);
        expect(controls(tokens)).toEqual(plain);
      }),
      { numRuns: 50 },
    );
  });

  it('gives the same ids for a continued history as for a whole one', () => {
    for (const messages of Object.values(golden.conversations)) {
      for (let length = 1; length < messages.length; length++) {
        const before = messages.slice(0, length);
        if (!accepts(template, before) || !accepts(template, messages)) continue;
        const previous = template.encode(before, { addGenerationPrompt: false });
        expect(template.encode(messages, { previous })).toEqual(template.encode(messages));
      }
    }
  });
});

function accepts(template: ChatTemplate, messages: readonly ChatMessage[]): boolean {
  try {
    template.render(messages);
    return true;
  } catch {
    return false;
  }
}

describe('a feature of Jinja', () => {
  const run = (template: string): string =>
    finish(
      renderProgram(parseTemplate(template).statement, golden.variables, {
        markedStrings: new MarkedStrings(),
        now,
      }),
    );

  it.each(golden.snippets)('$template gives the result of Python', ({ template, text }) => {
    if (text === undefined) expect(() => run(template)).toThrow();
    else expect(run(template)).toBe(text);
  });
});
