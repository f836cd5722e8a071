// Messages to a prompt by the model's own jinja template. Special tokens arise from the template only: a
// guard (special-guard.ts) keeps the same strings plain text wherever a caller brings them.

import { QuireError } from '../base/errors.ts';
import type { ChatTemplateData } from '../base/model/tokenizer-data.ts';
import { nearestName } from '../base/nearest-name.ts';
import { finish, finishInSlices, type Steps } from '../base/steps.ts';
import {
  type ChatEncoding,
  type ChatMessage,
  ROLES,
  type TemplateOptions,
} from '../completion/chat-message.ts';
import type { EncodingLimits } from '../completion/token-text.ts';
import { encodeRendering } from './chat-template/encode-rendering.ts';
import { createSpecialGuard, type SpecialGuard } from './chat-template/special-guard.ts';
import { RefusedError, TooCostlyError } from './jinja/errors.ts';
import { parseTemplate, type TemplateProgram } from './jinja/program.ts';
import { type RenderContext, renderSteps } from './jinja/render.ts';
import { MarkedText } from './jinja/strings/marked-strings.ts';
import type { Tokenizer } from './tokenizer.ts';

export interface RenderOptions extends TemplateOptions {
  /** end with what begins an answer; true by default */
  readonly addGenerationPrompt?: boolean;
}

export interface ChatEncodeOptions extends RenderOptions {
  /** what is encoded already: when the rendering starts with its text, only the rest is tokenized */
  readonly previous?: ChatEncoding | undefined;
  /** a prompt that has that many tokens or more is refused as soon as that is known */
  readonly holds?: number | undefined;
}

export interface ChatTemplate {
  /** of the templates that there are */
  readonly names: readonly string[];
  /** The rendering as a text. Throws `bad_chat_template` with what the template says, `template_too_costly`, or `bad_option`. */
  render(messages: readonly ChatMessage[], options?: RenderOptions): string;
  /** The same, in turns with the event loop. Rejects as `render` throws. */
  renderAsync(
    messages: readonly ChatMessage[],
    options?: RenderOptions & Pick<EncodingLimits, 'signal'>,
  ): Promise<string>;
  /** The rendering and its ids; BOS is among them where the template writes it. Throws as `render` does. */
  encode(messages: readonly ChatMessage[], options?: ChatEncodeOptions): ChatEncoding;
  /** The same, in turns with the event loop. Rejects as `encode` throws. */
  encodeAsync(
    messages: readonly ChatMessage[],
    options?: ChatEncodeOptions & Pick<EncodingLimits, 'signal'>,
  ): Promise<ChatEncoding>;
}

export interface ChatTemplateSettings {
  /** what templates take for the time; the machine's clock by default */
  readonly now?: () => Date;
}

/** Templates are read when they are first used, so that a model with a bad one still takes raw prompts. */
export function createChatTemplate(
  data: ChatTemplateData,
  tokenizer: Tokenizer,
  { now = () => new Date() }: ChatTemplateSettings = {},
): ChatTemplate {
  const names = tokenNames(data, tokenizer);
  const sources = data.chatTemplates ?? new Map<string, string>();
  const sheets = new Map<string, Sheet>();
  const sheetFor = (options: TemplateOptions): Sheet => {
    const name = chooseTemplate(sources, options);
    const sheet = sheets.get(name) ?? readSheet(sources.get(name) ?? '', tokenizer);
    sheets.set(name, sheet);
    return sheet;
  };
  function* encodeSteps(
    messages: readonly ChatMessage[],
    { previous, holds, ...options }: ChatEncodeOptions,
  ): Steps<ChatEncoding> {
    const { program, begin } = sheetFor(options);
    const variables = variablesOf(messages, options);
    const guard = yield* begin(variables);
    const context = { marked: guard.marked, now };
    const guarded = yield* guardVariables(variables, guard);
    const rendering = yield* run(program, { ...names, ...guarded }, context);
    return yield* encodeRendering(tokenizer, yield* guard.read(rendering), { previous, holds });
  }
  const rendered = (messages: readonly ChatMessage[], options: RenderOptions): Steps<string> => {
    const variables = { ...names, ...variablesOf(messages, options) };
    return run(sheetFor(options).program, variables, { marked: new MarkedText(), now });
  };
  return {
    names: [...sources.keys()],
    render: (messages, options = {}) => finish(rendered(messages, options)),
    renderAsync: async (messages, { signal, ...options } = {}) =>
      finishInSlices(rendered(messages, options), { signal }),
    encode: (messages, options = {}) => finish(encodeSteps(messages, options)),
    encodeAsync: (messages, { signal, ...options } = {}) =>
      finishInSlices(encodeSteps(messages, options), { signal }),
  };
}

/** Raised where messages meet a model without a template. */
/** Spellings of tokens, under the names that templates know; empty where the model has none. */
function tokenNames(data: ChatTemplateData, tokenizer: Tokenizer): Record<string, string> {
  const spelling = (id: number | undefined): string => (id === undefined ? '' : tokenizer.piece(id));
  return {
    bos_token: spelling(tokenizer.bosId),
    eos_token: spelling(tokenizer.eosIds[0]),
    pad_token: data.padToken ?? '',
    unk_token: data.unknownToken ?? '',
  };
}

// As transformers chooses.
function chooseTemplate(sources: ReadonlyMap<string, string>, { template, tools }: TemplateOptions): string {
  const names = [...sources.keys()];
  if (template !== undefined) {
    if (sources.has(template)) return template;
    const nearest = nearestName(template, names);
    const hint = nearest === undefined ? `there are ${names.join(', ')}` : `did you mean ${nearest}?`;
    throw new QuireError('bad_option', `no chat template is named ${JSON.stringify(template)}`, hint);
  }
  if (tools !== undefined && sources.has('tool_use')) return 'tool_use';
  if (sources.has('default')) return 'default';
  if (names.length === 0) {
    const hint = 'use a chat model, or give a raw prompt';
    throw new QuireError('no_chat_template', 'there is no chat template', hint);
  }
  const what = `none of the chat templates (${names.join(', ')}) is the default`;
  throw new QuireError('no_chat_template', what, 'name one of them with the option template');
}

interface Sheet extends TemplateProgram {
  readonly begin: ReturnType<typeof createSpecialGuard>;
}

function readSheet(source: string, { controlStrings }: Tokenizer): Sheet {
  const template = parse(source);
  return { ...template, begin: createSpecialGuard(source, controlStrings, template.literals) };
}

function parse(source: string): TemplateProgram {
  try {
    return parseTemplate(source);
  } catch (error) {
    throw badTemplate('is not valid jinja', error);
  }
}

function* run(
  program: TemplateProgram['program'],
  variables: Readonly<Record<string, unknown>>,
  context: RenderContext,
): Steps<string> {
  try {
    return yield* renderSteps(program, variables, context);
  } catch (error) {
    if (error instanceof TooCostlyError) throw tooCostly(error);
    throw badTemplate('refuses these messages', error, context.marked);
  }
}

function tooCostly(cause: TooCostlyError): QuireError {
  const hint = 'send less, or use a template that does less';
  return new QuireError('template_too_costly', `the chat template ${cause.message}`, hint, { cause });
}

function badTemplate(what: string, cause: unknown, marked?: MarkedText): QuireError {
  const said = cause instanceof Error ? cause.message : String(cause);
  const hint =
    cause instanceof RefusedError
      ? 'render the prompt elsewhere and send it raw, or use another model'
      : 'change the messages to what the model was trained on, or use another model';
  const sentence = `the chat template ${what} (${marked?.clean(said) ?? said})`;
  return new QuireError('bad_chat_template', sentence, hint, { cause });
}

interface Variables extends Readonly<Record<string, unknown>> {
  readonly messages: readonly ChatMessage[];
}

const RESERVED = ['messages', 'tools', 'documents', 'add_generation_prompt'];

// As transformers gives them: tools and documents are none where there are none.
function variablesOf(messages: readonly ChatMessage[], options: RenderOptions): Variables {
  const { tools = null, documents = null, addGenerationPrompt = true, templateOptions = {} } = options;
  const taken = RESERVED.find((name) => name in templateOptions);
  if (taken !== undefined) {
    const hint = 'it is an argument of its own: give it there';
    throw new QuireError('bad_option', `templateOptions has ${JSON.stringify(taken)}`, hint);
  }
  return { ...templateOptions, messages, tools, documents, add_generation_prompt: addGenerationPrompt };
}

// A role is one of few words, which templates compare and put between brackets: it stays as it is.
function* guardVariables(
  variables: Variables,
  { guard }: SpecialGuard,
): Steps<Readonly<Record<string, unknown>>> {
  const messages: ChatMessage[] = [];
  for (const message of variables.messages) {
    const guarded = (yield* guard(message)) as ChatMessage;
    messages.push(ROLES.includes(message.role) ? { ...guarded, role: message.role } : guarded);
  }
  const { messages: _, ...others } = variables;
  return { ...((yield* guard(others)) as Record<string, unknown>), messages };
}
