// Templates in the style of many model families, and single lines of Jinja, compared with jinja2
// (tools/golden/template_families.py): the same text, or refused as docs/templates.md documents.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { QuireError } from '../../src/base/errors.ts';
import type { JsonObject, JsonValue } from '../../src/base/model/tokenizer-data.ts';
import { finish } from '../../src/base/steps.ts';
import type { ChatMessage } from '../../src/completion/chat-message.ts';
import { createChatTemplate, type RenderOptions } from '../../src/text/chat-template.ts';
import { JinjaError, TooCostlyError, UnsupportedFeatureError } from '../../src/text/jinja/errors.ts';
import { parseTemplate, type TemplateProgram } from '../../src/text/jinja/program.ts';
import { renderProgram } from '../../src/text/jinja/render.ts';
import { MarkedStrings } from '../../src/text/jinja/strings/marked-strings.ts';
import { UNSUPPORTED_FEATURES } from '../../src/text/jinja/unsupported.ts';
import { createTokenizer } from '../../src/text/tokenizer.ts';
import { controlVocabulary } from '../support/models/control-vocabulary.ts';

interface Variant {
  readonly conversation: string;
  readonly addGenerationPrompt?: boolean;
  readonly tools?: true;
  readonly documents?: true;
  readonly templateOptions?: Record<string, JsonValue>;
}

interface Families {
  readonly now: string;
  readonly tokens: Record<string, string>;
  readonly tools: JsonObject[];
  readonly documents: JsonObject[];
  readonly conversations: Record<string, ChatMessage[]>;
  readonly variants: readonly Variant[];
  readonly texts: readonly string[];
  /** by template and variant: index into `texts`, or null where Python raises */
  readonly templates: Record<string, readonly (number | null)[]>;
}

interface Expressions {
  readonly now: string;
  readonly variables: JsonObject;
  readonly expressions: readonly (readonly [template: string, text: string | null])[];
}

const read = (path: string): string => readFileSync(fileURLToPath(new URL(path, import.meta.url)), 'utf8');
const families = JSON.parse(read('./fixtures/template-families.json')) as Families;
const lines = JSON.parse(read('./fixtures/template-expressions.json')) as Expressions;

const programs = new Map<string, TemplateProgram>();

function programOf(source: string): TemplateProgram {
  const program = programs.get(source) ?? parseTemplate(source);
  programs.set(source, program);
  return program;
}

function render(source: string, variables: Readonly<Record<string, unknown>>, now: string): string {
  const context = { markedStrings: new MarkedStrings(), now: () => new Date(now) };
  return finish(renderProgram(programOf(source).statement, variables, context));
}

/** Returns the text, or null for errors that Python raises too. Rethrows other errors. */
function outcome(source: string, variables: Readonly<Record<string, unknown>>, now: string): string | null {
  try {
    return render(source, variables, now);
  } catch (error) {
    if (error instanceof JinjaError || error instanceof TooCostlyError) return null;
    throw error;
  }
}

const tokenizer = createTokenizer(
  controlVocabulary({
    bos: '<s>',
    eos: '</s>',
    special: ['<s>', '</s>', '<|im_start|>', '<|im_end|>', '[INST]', '[/INST]', '<|eot_id|>'],
    added: ['<think>', '</think>', '<tool_call>', '</tool_call>'],
  }),
);

function optionsOf({ addGenerationPrompt, tools, documents, templateOptions }: Variant): RenderOptions {
  return {
    ...(addGenerationPrompt === undefined ? {} : { addGenerationPrompt }),
    ...(tools === undefined ? {} : { tools: families.tools }),
    ...(documents === undefined ? {} : { documents: families.documents }),
    ...(templateOptions === undefined ? {} : { templateOptions }),
  };
}

it('the fixtures have at least 60 families and 500 lines', () => {
  expect(Object.keys(families.templates).length).toBeGreaterThanOrEqual(60);
  expect(lines.expressions.length).toBeGreaterThanOrEqual(500);
});

describe.each(Object.entries(families.templates))('%s', (name, textIndices) => {
  const source = read(`./templates-families/${name}.jinja`);
  const cases = families.variants.map((variant, index) => {
    const textIndex = textIndices[index] ?? null;
    return { variant, text: textIndex === null ? null : (families.texts[textIndex] ?? null) };
  });

  it('renders the text of jinja2', () => {
    for (const { variant, text } of cases) {
      const { conversation, addGenerationPrompt = true, templateOptions } = variant;
      const variables = {
        ...families.tokens,
        messages: families.conversations[conversation],
        tools: variant.tools ? families.tools : null,
        documents: variant.documents ? families.documents : null,
        add_generation_prompt: addGenerationPrompt,
        ...templateOptions,
      };
      expect(outcome(source, variables, families.now), JSON.stringify(variant)).toBe(text);
    }
  });

  it('encodes the text of jinja2 with guarded control strings', () => {
    const data = { chatTemplates: new Map([['default', source]]), padToken: '<pad>' };
    const template = createChatTemplate(data, tokenizer, { now: () => new Date(families.now) });
    for (const { variant, text } of cases.slice(1, 5)) {
      const messages = families.conversations[variant.conversation] ?? [];
      const encode = (): string => template.encode(messages, optionsOf(variant)).text;
      if (text === null) expect(encode, JSON.stringify(variant)).toThrow(QuireError);
      else expect(encode(), JSON.stringify(variant)).toBe(text);
    }
  });
});

describe('a line of Jinja', () => {
  it.each(lines.expressions)('%s gives the text of jinja2 or is refused', (template, text) => {
    try {
      expect(outcome(template, lines.variables, lines.now)).toBe(text);
    } catch (error) {
      // Documented in docs/templates.md.
      if (!(error instanceof UnsupportedFeatureError)) throw error;
    }
  });

  it('is refused in at most ten cases', () => {
    const refused = lines.expressions.filter(([template]) => {
      try {
        return outcome(template, lines.variables, lines.now) === undefined;
      } catch (error) {
        return error instanceof UnsupportedFeatureError;
      }
    });
    expect(refused.length).toBeLessThanOrEqual(10);
  });
});

describe('the list of unsupported features in docs/templates.md', () => {
  const section = /## Unsupported features\n([\s\S]*?)\n## /.exec(read('../../docs/templates.md'))?.[1] ?? '';
  const rows = [...section.matchAll(/^\| ([^|`]+) \| `(.+)` \| /gm)].map(([, name = '', example = '']) => ({
    name,
    example: example.replaceAll('\\|', '|'),
  }));

  it('equals the list of the interpreter', () => {
    expect(rows.map(({ name }) => name)).toEqual([...UNSUPPORTED_FEATURES]);
  });

  it.each(rows)('has an example of $name that is rejected', ({ name, example }) => {
    expect(() => render(example, {}, lines.now)).toThrow(UnsupportedFeatureError);
    expect(() => render(example, {}, lines.now)).toThrow(`${name} is not supported`);
  });
});
