// The types of requests that the engine accepts (a prompt, messages or token ids), and the checks of their options.

import { QuireError } from '../base/errors.ts';
import { omitUndefined } from '../base/omit-undefined.ts';
import { checkChoice, checkOptionNames, checkString, describeType } from '../base/option-names.ts';
import { type ChatMessage, ROLES, type TemplateOptions } from '../completion/chat-message.ts';
import type { CompletionOptions } from '../completion/completer.ts';
import type { RequestOptions } from '../completion/request-options.ts';
import { SAMPLING_OPTION_NAMES, type SamplingOptionName } from '../completion/sampling-options.ts';

/** A request with a text. The chat template renders it as a user message, unless `raw` is set or the model has no template. */
export interface PromptRequest extends CompletionOptions, TemplateOptions {
  /** text of the user's message, or with `raw` the text that the model continues */
  readonly prompt: string;
  /** text of a system message; not with `raw` */
  readonly system?: string;
  /** true applies no chat template: the model continues the prompt as it is */
  readonly raw?: boolean;
}

/** A request with the messages of a conversation, which the chat template renders. */
export interface MessagesRequest extends CompletionOptions, TemplateOptions {
  /** at least one message, from the oldest to the newest */
  readonly messages: readonly ChatMessage[];
}

/** A request with token ids, without a chat template. */
export interface TokensRequest extends CompletionOptions {
  /** ids of the model's tokenizer, including a start token if the model needs one */
  readonly tokens: readonly number[];
}

export type GenerateRequest = PromptRequest | MessagesRequest | TokensRequest;

// The types below require every option: the code does not compile if one is missing.
const TEMPLATE_OPTIONS = {
  tools: true,
  documents: true,
  template: true,
  templateOptions: true,
} satisfies Record<keyof TemplateOptions, true>;
const TEMPLATE_OPTION_NAMES = Object.keys(TEMPLATE_OPTIONS);

type AnyRequest = PromptRequest & MessagesRequest & TokensRequest;
const OTHER_OPTIONS = {
  prompt: true,
  system: true,
  raw: true,
  messages: true,
  tokens: true,
  signal: true,
  priority: true,
  cacheSalt: true,
  adapter: true,
  onToken: true,
} satisfies Record<Exclude<keyof AnyRequest, keyof TemplateOptions | SamplingOptionName>, true>;

/** Names of the options of `generate`. */
export const REQUEST_OPTION_NAMES: readonly string[] = [
  ...Object.keys(OTHER_OPTIONS),
  ...TEMPLATE_OPTION_NAMES,
  ...SAMPLING_OPTION_NAMES,
];

export function pickTemplateOptions(given: TemplateOptions): TemplateOptions {
  const { tools, documents, template, templateOptions } = given;
  return omitUndefined({ tools, documents, template, templateOptions });
}

const INPUTS = ['prompt', 'messages', 'tokens'] as const;

/** Throws `unknown_option`, or `bad_option` if the request does not have exactly one input or if a value has the wrong type. */
export function checkRequest(request: GenerateRequest): void {
  checkOptionNames(request, REQUEST_OPTION_NAMES, 'generate');
  const givenOptions = new Map(Object.entries(request).filter(([, value]) => value !== undefined));
  const inputs = INPUTS.filter((name) => givenOptions.has(name));
  if (inputs.length !== 1) {
    const got = inputs.length === 0 ? 'no input' : inputs.join(' and ');
    throw new QuireError('bad_option', `generate got ${got}`, `pass exactly one of ${INPUTS.join(', ')}`);
  }
  const { prompt, messages, tokens } = Object.fromEntries(givenOptions);
  if (messages !== undefined) checkMessages(messages);
  if (tokens !== undefined && !Array.isArray(tokens) && !ArrayBuffer.isView(tokens))
    throw new QuireError(
      'bad_option',
      `tokens must be an array, got ${describeType(tokens)}`,
      'pass an array of token ids',
    );
  if (prompt !== undefined) checkString('prompt', prompt);
  for (const name of ['system', 'raw'])
    if (prompt === undefined && givenOptions.has(name)) throw onlyWithPromptError(name);
  if (givenOptions.has('system')) checkString('system', givenOptions.get('system'));
}

function checkMessages(messages: unknown): void {
  if (!Array.isArray(messages) || messages.length === 0) {
    const got = Array.isArray(messages) ? 'an empty array' : describeType(messages);
    const hint = 'pass at least one message with role and content';
    throw new QuireError('bad_option', `messages must be a non-empty array, got ${got}`, hint);
  }
  for (const [i, message] of messages.entries()) {
    if (typeof message !== 'object' || message === null) {
      const text = `messages[${i}] must be an object, got ${describeType(message)}`;
      throw new QuireError('bad_option', text, 'pass an object with role and content');
    }
    checkChoice(`messages[${i}].role`, message.role, ROLES);
    checkString(`messages[${i}].content`, message.content);
  }
}

function onlyWithPromptError(name: string): QuireError {
  const hint = name === 'system' ? 'put a message with the role system first' : `remove ${name}`;
  return new QuireError('bad_option', `${name} can only be used with prompt`, hint);
}

/** Throws `bad_option` if a request that does not use the chat template has an option of the template. */
export function checkNoTemplateOption(request: GenerateRequest): void {
  const options = new Map(Object.entries(request));
  const givenName = TEMPLATE_OPTION_NAMES.find((name) => options.get(name) !== undefined);
  if (givenName === undefined) return;
  const hint = `remove ${givenName}, or use a chat model without raw`;
  const message = `${givenName} needs a chat template and cannot be used with raw prompts or token ids`;
  throw new QuireError('bad_option', message, hint);
}

export const systemWithRawError = (): QuireError =>
  new QuireError(
    'bad_option',
    'a raw prompt cannot have a system message',
    'remove the system message, or use a chat model without raw',
  );

/** Throws `bad_option` if `priority`, `cacheSalt`, `adapter` or `onToken` has the wrong type. */
export function checkRequestOptions({ priority, cacheSalt, adapter, onToken }: RequestOptions): void {
  if (adapter !== undefined) checkString('adapter', adapter);
  if (priority !== undefined && !Number.isSafeInteger(priority)) {
    throw new QuireError(
      'bad_option',
      `priority must be a whole number, got ${priority}`,
      'requests with a higher number run first',
      { option: 'priority' },
    );
  }
  if (cacheSalt !== undefined && typeof cacheSalt !== 'string') {
    throw new QuireError(
      'bad_option',
      `cacheSalt must be a string, got ${String(cacheSalt)}`,
      'pass a string',
      {
        option: 'cacheSalt',
      },
    );
  }
  if (onToken !== undefined && typeof onToken !== 'function') {
    throw new QuireError(
      'bad_option',
      `onToken must be a function, got ${String(onToken)}`,
      'pass a function',
      {
        option: 'onToken',
      },
    );
  }
}
