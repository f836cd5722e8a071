// What travels over /ws/chat, in both directions. The three events of the first protocol (`start`,
// `stream`, `end`) are enough for a client; all else is optional. Nothing that a client sends is ignored:
// a key or an option that is not known here is refused by name.

import { z } from 'zod';
import type { FinishReason, SamplingOptions } from '../base/completer.ts';
import { QuireError } from '../base/errors.ts';
import { nearestName } from '../base/nearest-name.ts';
import type { TokenLogprobs } from '../base/selection.ts';

/** Bytes of UTF-8 that one message may have. */
export const MESSAGE_LIMIT_BYTES = 1024 * 1024;

const bias = z.number().min(-100).max(100);

const optionShapes = {
  maxTokens: z.int().min(0),
  minTokens: z.int().min(0),
  temperature: z.number().min(0),
  topK: z.int().min(0),
  topP: z.number().gt(0).max(1),
  minP: z.number().min(0).max(1),
  typicalP: z.number().gt(0).max(1),
  repetitionPenalty: z.number().gt(0),
  presencePenalty: z.number().min(-2).max(2),
  frequencyPenalty: z.number().min(-2).max(2),
  logitBias: z.union([
    z.record(z.string().regex(/^\d+$/), bias),
    z.array(z.tuple([z.int().min(0), bias])).max(1024),
  ]),
  seed: z.int().min(0),
  stop: z.union([
    z
      .string()
      .min(1)
      .transform((one) => [one]),
    z.array(z.string().min(1)).max(64),
  ]),
  stopTokens: z.array(z.int().min(0)).max(64),
  badWords: z.array(z.string().min(1)).max(1024),
  badTokens: z.array(z.array(z.int().min(0)).min(1)).max(1024),
  logprobs: z.int().min(0).max(20),
} satisfies Record<keyof SamplingOptions, z.ZodType>;

const commandShapes = {
  message: z.string().min(1),
  options: z.strictObject(optionShapes).partial(),
  system: z.string(),
  cancel: z.literal(true),
  reset: z.literal(true),
};

const commandSchema = z.strictObject(commandShapes).partial();

/** One frame from a client. Fields act in the order cancel, reset, system, message. */
export interface ChatCommand {
  readonly message?: string;
  readonly options?: SamplingOptions;
  /** only before the first message of a conversation, or with `reset` */
  readonly system?: string;
  /** stops the answer that is running; does nothing when it has just ended */
  readonly cancel?: true;
  /** forgets the conversation and begins another on the same socket; stops a running answer */
  readonly reset?: true;
}

export interface ChatUsage {
  readonly promptTokens: number;
  readonly cachedTokens: number;
  readonly computedTokens: number;
  readonly generatedTokens: number;
  readonly ttftMs: number;
  readonly decodeTokensPerSecond: number;
  readonly contextLength: number;
  /** tokens of the conversation after this turn */
  readonly contextUsed: number;
  readonly seed: number;
}

/** One frame to a client. A `start` is followed by exactly one `end`, or one `error` with `ended`. */
export type ChatEvent =
  | { readonly type: 'start'; readonly content: string }
  | { readonly type: 'stream'; readonly content: string }
  | {
      readonly type: 'end';
      readonly finishReason?: FinishReason;
      readonly usage?: ChatUsage;
      /** of each token of the answer, when the options ask */
      readonly logprobs?: readonly TokenLogprobs[];
    }
  | { readonly type: 'reset' }
  | {
      readonly type: 'error';
      readonly code: string;
      readonly message: string;
      /** the running answer ended with this error; absent when only a frame was refused */
      readonly ended?: true;
      /** with context_length_exceeded: tokens that the conversation and the new message need */
      readonly promptTokens?: number;
      readonly contextLength?: number;
    };

/** Reads one text frame. Throws `bad_message`, `unknown_option` or `bad_option`. */
export function parseCommand(text: string): ChatCommand {
  const parsed = commandSchema.safeParse(parseJson(text));
  if (!parsed.success) throw refusal(parsed.error.issues[0]!);
  // The schema leaves absent keys absent, which zod's types cannot say.
  const command = parsed.data as ChatCommand;
  if (Object.keys(command).length === 0) {
    throw new QuireError('bad_message', 'the object is empty', EXAMPLE);
  }
  if (command.options && command.message === undefined) {
    throw new QuireError('bad_message', '"options" came without "message"', 'send them with the message');
  }
  return command;
}

const EXAMPLE = 'send {"message": "your text"}';

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const what = error instanceof Error ? error.message : String(error);
    throw new QuireError('bad_message', `the frame is not JSON (${what.slice(0, 120)})`, EXAMPLE);
  }
}

type Issue = z.core.$ZodIssue;

function refusal(issue: Issue): QuireError {
  const inOptions = issue.path[0] === 'options';
  if (issue.code === 'unrecognized_keys') return unknownKey(issue.keys[0] ?? '', inOptions);
  if (issue.path.length === 0)
    return new QuireError('bad_message', 'the frame is not a JSON object', EXAMPLE);
  const code = inOptions && issue.path.length > 1 ? 'bad_option' : 'bad_message';
  const hint = HINTS[String(issue.path[inOptions ? 1 : 0] ?? 'options')] ?? EXAMPLE;
  return new QuireError(
    code,
    `"${issue.path.join('.')}" is not valid (${issue.message.slice(0, 120)})`,
    hint,
  );
}

function unknownKey(key: string, inOptions: boolean): QuireError {
  const names = Object.keys(inOptions ? optionShapes : commandShapes);
  const nearest = nearestName(key, names);
  const hint = nearest ? `did you mean "${nearest}"?` : `known are ${names.join(', ')}`;
  const shown = JSON.stringify(key.slice(0, 64));
  return inOptions
    ? new QuireError('unknown_option', `the option ${shown} is not known`, hint)
    : new QuireError('bad_message', `the field ${shown} is not known`, hint);
}

const HINTS: Readonly<Record<string, string>> = {
  message: 'send a text that is not empty',
  options: 'send an object, for example {"temperature": 0}',
  system: 'send a text',
  cancel: 'send {"cancel": true}',
  reset: 'send {"reset": true}',
  maxTokens: 'give a whole number from 0',
  minTokens: 'give a whole number from 0, at most maxTokens',
  temperature: 'give a number from 0; 0 always takes the likeliest token',
  topK: 'give a whole number from 0; 0 keeps all tokens',
  topP: 'give a number above 0 and up to 1',
  minP: 'give a number from 0 to 1; 0 keeps all tokens',
  typicalP: 'give a number above 0 and up to 1; 1 keeps all tokens',
  repetitionPenalty: 'give a number above 0; 1 does nothing',
  presencePenalty: 'give a number from -2 to 2; 0 does nothing',
  frequencyPenalty: 'give a number from -2 to 2; 0 does nothing',
  logitBias: 'give biases from -100 to 100 by token id, for example {"42": -5}',
  seed: 'give a whole number from 0 to 9007199254740991',
  stop: 'give a text or a list of texts, none of them empty',
  stopTokens: 'give a list of token ids',
  badWords: 'give a list of texts, none of them empty',
  badTokens: 'give a list of lists of token ids',
  logprobs: 'give a whole number from 0 to 20',
};
