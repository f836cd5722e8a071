// What the engine can be asked to complete: a text, messages, or token ids.

import type { ChatMessage, RequestOptions, TemplateOptions } from '../base/completer.ts';
import { QuireError } from '../base/errors.ts';
import { SAMPLING_OPTIONS } from '../sampler/parameters.ts';

export interface Request extends RequestOptions {
  readonly signal?: AbortSignal;
}

/** A text: through the chat template as one user message, unless `raw` or the model has none. */
export interface PromptRequest extends Request, TemplateOptions {
  readonly prompt: string;
  readonly system?: string;
  readonly raw?: boolean;
}

export interface MessagesRequest extends Request, TemplateOptions {
  readonly messages: readonly ChatMessage[];
}

export interface TokensRequest extends Request {
  readonly tokens: readonly number[];
}

export type GenerateRequest = PromptRequest | MessagesRequest | TokensRequest;

const TEMPLATE_OPTIONS = ['tools', 'documents', 'template', 'templateOptions'] as const;
/** What `generate` takes. */
export const REQUEST_OPTIONS = [
  'prompt',
  'system',
  'raw',
  'messages',
  'tokens',
  'signal',
  ...TEMPLATE_OPTIONS,
  'priority',
  'cacheSalt',
  'onToken',
  ...SAMPLING_OPTIONS,
];
export function pickTemplateOptions(given: TemplateOptions): TemplateOptions {
  const { tools, documents, template, templateOptions } = given;
  return {
    ...(tools === undefined ? {} : { tools }),
    ...(documents === undefined ? {} : { documents }),
    ...(template === undefined ? {} : { template }),
    ...(templateOptions === undefined ? {} : { templateOptions }),
  };
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
    );
  }
  if (cacheSalt !== undefined && typeof cacheSalt !== 'string') {
    throw new QuireError('bad_option', `cacheSalt is ${String(cacheSalt)}`, 'it takes a text');
  }
  if (onToken !== undefined && typeof onToken !== 'function') {
    throw new QuireError('bad_option', `onToken is ${String(onToken)}`, 'it takes a function');
  }
}
