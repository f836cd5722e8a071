// What the engine can be asked to complete: a text, messages, or token ids.

import { defined } from '../base/defined.ts';
import { QuireError } from '../base/errors.ts';
import { checkChoice, checkOptionNames, checkText, kindOf } from '../base/option-names.ts';
import { type ChatMessage, ROLES, type TemplateOptions } from '../completion/chat-message.ts';
import type { CompletionOptions } from '../completion/completer.ts';
import type { RequestOptions } from '../completion/request-options.ts';
import { SAMPLING_OPTION_NAMES, type SamplingOptionName } from '../completion/sampling-options.ts';

/** A text: through the chat template as one user message, unless `raw` or the model has none. */
export interface PromptRequest extends CompletionOptions, TemplateOptions {
  readonly prompt: string;
  readonly system?: string;
  readonly raw?: boolean;
}

export interface MessagesRequest extends CompletionOptions, TemplateOptions {
  readonly messages: readonly ChatMessage[];
}

export interface TokensRequest extends CompletionOptions {
  readonly tokens: readonly number[];
}

export type GenerateRequest = PromptRequest | MessagesRequest | TokensRequest;

// Exhaustive by type: an option that is added and not named here does not compile.
const TEMPLATE_NAMES = {
  tools: true,
  documents: true,
  template: true,
  templateOptions: true,
} satisfies Record<keyof TemplateOptions, true>;
const TEMPLATE_OPTIONS = Object.keys(TEMPLATE_NAMES);

type AnyRequest = PromptRequest & MessagesRequest & TokensRequest;
const OTHER_NAMES = {
  prompt: true,
  system: true,
  raw: true,
  messages: true,
  tokens: true,
  signal: true,
  priority: true,
  cacheSalt: true,
  onToken: true,
} satisfies Record<Exclude<keyof AnyRequest, keyof TemplateOptions | SamplingOptionName>, true>;

/** What `generate` takes. */
export const REQUEST_OPTIONS: readonly string[] = [
  ...Object.keys(OTHER_NAMES),
  ...TEMPLATE_OPTIONS,
  ...SAMPLING_OPTION_NAMES,
];

export function pickTemplateOptions(given: TemplateOptions): TemplateOptions {
  const { tools, documents, template, templateOptions } = given;
  return {
    ...defined({ tools, documents, template, templateOptions }),
  };
}

const INPUTS = ['prompt', 'messages', 'tokens'] as const;

/** Raises `unknown_option`, and `bad_option` where a request has not one thing to complete, or one of another kind. */
export function checkRequest(request: GenerateRequest): void {
  checkOptionNames(request, REQUEST_OPTIONS, 'generate');
  const given = new Map(Object.entries(request).filter(([, value]) => value !== undefined));
  const inputs = INPUTS.filter((name) => given.has(name));
  if (inputs.length !== 1) {
    const what = inputs.length === 0 ? 'nothing to complete' : inputs.join(' and ');
    throw new QuireError('bad_option', `generate is given ${what}`, `give one of ${INPUTS.join(', ')}`);
  }
  const { prompt, messages, tokens } = Object.fromEntries(given);
  if (messages !== undefined) checkMessages(messages);
  if (tokens !== undefined && !Array.isArray(tokens) && !ArrayBuffer.isView(tokens))
    throw new QuireError('bad_option', `tokens is ${kindOf(tokens)}`, 'it takes an array of token ids');
  if (prompt !== undefined) checkText('prompt', prompt);
  for (const name of ['system', 'raw'])
    if (prompt === undefined && given.has(name)) throw onlyWithPrompt(name);
  if (given.has('system')) checkText('system', given.get('system'));
}

function checkMessages(messages: unknown): void {
  if (!Array.isArray(messages) || messages.length === 0) {
    const what = Array.isArray(messages) ? 'empty' : kindOf(messages);
    const hint = 'it takes an array of at least one message with role and content';
    throw new QuireError('bad_option', `messages is ${what}`, hint);
  }
  for (const [i, message] of messages.entries()) {
    if (typeof message !== 'object' || message === null) {
      const what = `messages[${i}] is ${kindOf(message)}`;
      throw new QuireError('bad_option', what, 'it takes an object with role and content');
    }
    checkChoice(`the role of messages[${i}]`, message.role, ROLES);
    checkText(`the content of messages[${i}]`, message.content);
  }
}

function onlyWithPrompt(name: string): QuireError {
  const hint = name === 'system' ? 'put a message with the role system before the others' : 'leave it out';
  return new QuireError('bad_option', `${name} is for a prompt, and there is none`, hint);
}

/** Raises `bad_option` where a prompt without a template is given something for one. */
export function checkNoTemplateOption(request: GenerateRequest): void {
  const options = new Map(Object.entries(request));
  const given = TEMPLATE_OPTIONS.find((name) => options.get(name) !== undefined);
  if (given === undefined) return;
  const hint = 'leave it out, or use a chat model without raw';
  throw new QuireError('bad_option', `${given} is for a chat template, and this prompt goes past it`, hint);
}

export const noPlaceForSystem = (): QuireError =>
  new QuireError(
    'bad_option',
    'a raw prompt has no place for a system message',
    'leave the system message out, or use a chat model without raw',
  );

/** Raises `bad_option` where a priority is no whole number, a salt no text or an observer no function. */
export function checkRequestOptions({ priority, cacheSalt, onToken }: RequestOptions): void {
  if (priority !== undefined && !Number.isSafeInteger(priority)) {
    throw new QuireError(
      'bad_option',
      `priority is ${priority}`,
      'it takes a whole number; higher is sooner',
      { option: 'priority' },
    );
  }
  if (cacheSalt !== undefined && typeof cacheSalt !== 'string') {
    throw new QuireError('bad_option', `cacheSalt is ${String(cacheSalt)}`, 'it takes a text', {
      option: 'cacheSalt',
    });
  }
  if (onToken !== undefined && typeof onToken !== 'function') {
    throw new QuireError('bad_option', `onToken is ${String(onToken)}`, 'it takes a function', {
      option: 'onToken',
    });
  }
}
