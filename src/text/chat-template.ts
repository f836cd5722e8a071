// Renders messages to a prompt with the jinja template of the model. Only the template produces special tokens: in
// the caller's messages, the same strings are marked (chat-template/control-string-marks.ts) and encoded as text.
//
// Rendering and encoding are generators that yield at intervals (base/steps.ts). The methods of `ChatTemplate` run them
// without pauses or in time slices.

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
import { type ControlStringMarks, createControlStringMarks } from './chat-template/control-string-marks.ts';
import { encodeRendering } from './chat-template/encode-rendering.ts';
import { TooCostlyError, UnsupportedFeatureError } from './jinja/errors.ts';
import { compileSource, type TemplateProgram } from './jinja/program.ts';
import { type RenderContext, renderProgram } from './jinja/render.ts';
import { MarkedStrings } from './jinja/strings/marked-strings.ts';
import type { Tokenizer } from './tokenizer.ts';

export interface RenderOptions extends TemplateOptions {
  /** whether the prompt ends with the header of an assistant turn; true by default */
  readonly addGenerationPrompt?: boolean;
}

export interface ChatEncodeOptions extends RenderOptions {
  /** an earlier encoding: if the rendering starts with its text, only the text after it is tokenized */
  readonly previous?: ChatEncoding | undefined;
  /** a prompt of this many tokens or more is rejected without encoding the rest */
  readonly holds?: number | undefined;
}

export interface ChatTemplate {
  /** names of the model's templates */
  readonly names: readonly string[];
  /**
   * Returns the rendering as a string. Throws `bad_chat_template` with the message of the template,
   * `template_too_costly`, or `bad_option`.
   */
  render(messages: readonly ChatMessage[], options?: RenderOptions): string;
  /** Like `render`, in time slices that do not block the event loop. */
  renderAsync(
    messages: readonly ChatMessage[],
    options?: RenderOptions & Pick<EncodingLimits, 'signal'>,
  ): Promise<string>;
  /**
   * Returns the rendering and its token ids, with BOS only if the template writes it. Throws the errors of `render`, and
   * `context_length_exceeded` if the prompt has `holds` tokens or more.
   */
  encode(messages: readonly ChatMessage[], options?: ChatEncodeOptions): ChatEncoding;
  /** Like `encode`, in time slices that do not block the event loop. */
  encodeAsync(
    messages: readonly ChatMessage[],
    options?: ChatEncodeOptions & Pick<EncodingLimits, 'signal'>,
  ): Promise<ChatEncoding>;
}

export interface ChatTemplateSettings {
  /** the clock of `strftime_now`; the system clock by default */
  readonly now?: () => Date;
}

/** Parses each template on its first use, so that a model with an invalid template still accepts raw prompts. */
export function createChatTemplate(
  data: ChatTemplateData,
  tokenizer: Tokenizer,
  { now = () => new Date() }: ChatTemplateSettings = {},
): ChatTemplate {
  const tokenTexts = tokenVariables(data, tokenizer);
  const sources = data.chatTemplates ?? new Map<string, string>();
  const compiled = new Map<string, CompiledTemplate>();
  const templateFor = (options: TemplateOptions): CompiledTemplate => {
    const name = chooseTemplate(sources, options);
    const template = compiled.get(name) ?? compileTemplate(sources.get(name) ?? '', tokenizer);
    compiled.set(name, template);
    return template;
  };
  function* encodeSteps(
    messages: readonly ChatMessage[],
    { previous, holds, ...options }: ChatEncodeOptions,
  ): Steps<ChatEncoding> {
    const { statement, createMarks } = templateFor(options);
    const variables = templateVariables(messages, options);
    const marks = yield* createMarks(variables);
    const context = { markedStrings: marks.markedStrings, now };
    const markedVariables = yield* markVariables(variables, marks);
    const rendering = yield* renderTemplate(statement, { ...tokenTexts, ...markedVariables }, context);
    return yield* encodeRendering(tokenizer, yield* marks.removeMarks(rendering), { previous, holds });
  }
  const renderSteps = (messages: readonly ChatMessage[], options: RenderOptions): Steps<string> => {
    const variables = { ...tokenTexts, ...templateVariables(messages, options) };
    const context = { markedStrings: new MarkedStrings(), now };
    return renderTemplate(templateFor(options).statement, variables, context);
  };
  return {
    names: [...sources.keys()],
    render: (messages, options = {}) => finish(renderSteps(messages, options)),
    renderAsync: async (messages, { signal, ...options } = {}) =>
      finishInSlices(renderSteps(messages, options), { signal }),
    encode: (messages, options = {}) => finish(encodeSteps(messages, options)),
    encodeAsync: (messages, { signal, ...options } = {}) =>
      finishInSlices(encodeSteps(messages, options), { signal }),
  };
}

/** Returns the template variables that contain the text of a token; empty if the model has no such token. */
function tokenVariables(data: ChatTemplateData, tokenizer: Tokenizer): Record<string, string> {
  const textOf = (id: number | undefined): string => (id === undefined ? '' : tokenizer.piece(id));
  return {
    bos_token: textOf(tokenizer.bosId),
    eos_token: textOf(tokenizer.eosIds[0]),
    pad_token: data.padToken ?? '',
    unk_token: data.unknownToken ?? '',
  };
}

// Chooses the template as transformers does.
function chooseTemplate(sources: ReadonlyMap<string, string>, { template, tools }: TemplateOptions): string {
  const names = [...sources.keys()];
  if (template !== undefined) {
    if (sources.has(template)) return template;
    const nearest = nearestName(template, names);
    const hint = nearest === undefined ? `the templates are ${names.join(', ')}` : `did you mean ${nearest}?`;
    throw new QuireError('bad_option', `no chat template is named ${JSON.stringify(template)}`, hint);
  }
  if (tools !== undefined && sources.has('tool_use')) return 'tool_use';
  if (sources.has('default')) return 'default';
  if (names.length === 0) {
    const hint = 'use a chat model, or send a raw prompt';
    throw new QuireError('no_chat_template', 'the model has no chat template', hint);
  }
  const message = `none of the chat templates (${names.join(', ')}) is the default`;
  throw new QuireError('no_chat_template', message, 'select one with the option template');
}

interface CompiledTemplate extends TemplateProgram {
  readonly createMarks: ReturnType<typeof createControlStringMarks>;
}

function compileTemplate(source: string, { controlStrings }: Tokenizer): CompiledTemplate {
  const template = parseSource(source);
  return {
    ...template,
    createMarks: createControlStringMarks(source, controlStrings, template.stringLiterals),
  };
}

function parseSource(source: string): TemplateProgram {
  try {
    return compileSource(source);
  } catch (error) {
    throw badTemplateError('is not valid jinja', error);
  }
}

function* renderTemplate(
  statement: TemplateProgram['statement'],
  variables: Readonly<Record<string, unknown>>,
  context: RenderContext,
): Steps<string> {
  try {
    return yield* renderProgram(statement, variables, context);
  } catch (error) {
    if (error instanceof TooCostlyError) throw tooCostlyError(error);
    throw badTemplateError('rejects these messages', error, context.markedStrings);
  }
}

function tooCostlyError(cause: TooCostlyError): QuireError {
  const hint = 'send a shorter conversation, or use a template that does less work';
  return new QuireError('template_too_costly', `the chat template ${cause.message}`, hint, { cause });
}

function badTemplateError(problem: string, cause: unknown, markedStrings?: MarkedStrings): QuireError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  const hint =
    cause instanceof UnsupportedFeatureError
      ? 'render the prompt elsewhere and send it raw, or use another model'
      : 'change the messages to the format that the model was trained on, or use another model';
  const message = `the chat template ${problem} (${markedStrings?.clean(reason) ?? reason})`;
  return new QuireError('bad_chat_template', message, hint, { cause });
}

interface Variables extends Readonly<Record<string, unknown>> {
  readonly messages: readonly ChatMessage[];
}

const RESERVED_VARIABLES = ['messages', 'tools', 'documents', 'add_generation_prompt'];

// Returns the same variables as transformers: tools and documents are None when absent.
function templateVariables(messages: readonly ChatMessage[], options: RenderOptions): Variables {
  const { tools = null, documents = null, addGenerationPrompt = true, templateOptions = {} } = options;
  const reserved = RESERVED_VARIABLES.find((name) => name in templateOptions);
  if (reserved !== undefined) {
    const hint = 'pass it as the option of that name, outside templateOptions';
    const message = `templateOptions must not contain ${JSON.stringify(reserved)}`;
    throw new QuireError('bad_option', message, hint);
  }
  return { ...templateOptions, messages, tools, documents, add_generation_prompt: addGenerationPrompt };
}

// Known roles are not marked, because templates compare them and write them between control tokens.
function* markVariables(
  variables: Variables,
  { insertMarks }: ControlStringMarks,
): Steps<Readonly<Record<string, unknown>>> {
  const messages: ChatMessage[] = [];
  for (const message of variables.messages) {
    const markedMessage = (yield* insertMarks(message)) as ChatMessage;
    messages.push(ROLES.includes(message.role) ? { ...markedMessage, role: message.role } : markedMessage);
  }
  const { messages: _, ...others } = variables;
  return { ...((yield* insertMarks(others)) as Record<string, unknown>), messages };
}
