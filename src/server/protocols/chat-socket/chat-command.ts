// What clients send over /ws/chat: docs/chat-protocol.md. `{"message": "..."}` is enough; all else is optional. Nothing
// that a client sends is ignored: a key or an option that is not known here is refused by name.

import { z } from 'zod';
import { QuireError } from '../../../base/errors.ts';
import { nearestName } from '../../../base/nearest-name.ts';
import { finish } from '../../../base/steps.ts';
import type { ContextPolicy } from '../../../chat/context-policy.ts';
import { valuesOf } from '../../../completion/option-ranges.ts';
import {
  SAMPLING_OPTION_NAMES,
  type SamplingOptions,
  samplingOption,
} from '../../../completion/sampling-options.ts';
import { modelNameSchema, policySchema, samplingSchema } from '../../http/bodies/conversation-schemas.ts';
import { type ShapeLimits, shapeSteps } from '../../http/bodies/json-shape.ts';

/** Bytes of UTF-8 that one message may have. */
export const MESSAGE_LIMIT_BYTES = 1024 * 1024;

const id = z.string().min(1).max(64);

const commandShapes = {
  message: z.string().min(1),
  options: samplingSchema,
  conversation: id,
  system: z.string(),
  contextPolicy: policySchema,
  model: modelNameSchema,
  regenerate: z.union([z.literal(true), id]),
  edit: id,
  cancel: z.literal(true),
  reset: z.literal(true),
  resume: z.int().min(0),
  turn: id,
  cacheReport: z.literal(true),
  tag: z.string().max(64),
  watch: z.boolean(),
  ping: z.int(),
};

const commandSchema = z.strictObject(commandShapes).partial();

/** One frame from a client. Fields act in the order ping, watch, cancel, reset, system, message. */
export interface ChatCommand {
  readonly message?: string;
  readonly options?: SamplingOptions;
  /** a stored conversation, or `new`; the socket's own when absent */
  readonly conversation?: string;
  /** only before the first message of a conversation, or with `reset` */
  readonly system?: string;
  readonly contextPolicy?: ContextPolicy['kind'] | ContextPolicy;
  /** as `system`: name of the model that answers, where there are several; the default one when absent */
  readonly model?: string;
  /** another answer to what this one, or the last one, answers */
  readonly regenerate?: true | string;
  /** the user's message that `message` is another version of */
  readonly edit?: string;
  /** stops the answer that is running; does nothing when it has just ended */
  readonly cancel?: true;
  /** forgets the socket's own conversation and begins another; stops a running answer */
  readonly reset?: true;
  /** number of the last event of `turn` that was seen in `conversation`; 0 for none */
  readonly resume?: number;
  /** the turn that `resume` counts in */
  readonly turn?: string;
  readonly cacheReport?: true;
  readonly tag?: string;
  /** whether to be told of each conversation that changes */
  readonly watch?: boolean;
  /** comes back in a `pong` */
  readonly ping?: number;
}

/** Reads one text frame. Throws `bad_message`, `unknown_option` or `bad_option`. */
export function parseCommand(text: string): ChatCommand {
  const parsed = commandSchema.safeParse(parseJson(text));
  if (!parsed.success) throw refusal(parsed.error.issues[0]!);
  // The schema leaves absent keys absent, which zod's types cannot say.
  const command = parsed.data as ChatCommand;
  if (Object.keys(command).length === 0) {
    throw new QuireError('bad_message', 'the object is empty', EXAMPLE);
  }
  checkTogether(command);
  return command;
}

// What means nothing by itself, or nothing in this company, is a mistake.
function checkTogether(command: ChatCommand): void {
  const { message, regenerate, edit, conversation, resume, turn, reset } = command;
  const needsTurn = ['options', 'cacheReport', 'tag'] as const;
  const alone = needsTurn.find((field) => command[field] !== undefined);
  if (alone !== undefined && message === undefined && regenerate === undefined)
    throw new QuireError('bad_message', `"${alone}" came without "message"`, 'send them together');
  if (edit !== undefined && message === undefined)
    throw new QuireError(
      'bad_message',
      '"edit" came without "message"',
      'send the new version of the message',
    );
  if (regenerate !== undefined && message !== undefined)
    throw new QuireError(
      'bad_message',
      '"regenerate" came with "message"',
      'send one of them; "edit" changes a message',
    );
  if (resume !== undefined && (conversation === undefined || conversation === 'new'))
    throw new QuireError('bad_message', '"resume" came without "conversation"', 'name the conversation');
  if ((turn !== undefined) !== (resume ?? 0) > 0)
    throw new QuireError(
      'bad_message',
      turn === undefined ? '"resume" came without "turn"' : '"turn" came without "resume"',
      'send the turn and the number of the last event that was seen, or "resume": 0 for none',
    );
  if (reset !== undefined && conversation !== undefined)
    throw new QuireError(
      'bad_message',
      '"reset" came with "conversation"',
      "reset ends the socket's own conversation",
    );
}

/** What all options together may hold, and a little more. */
const FRAME: ShapeLimits = { values: 8192, numbers: 32_768, name: 'frame' };

const EXAMPLE = 'send {"message": "your text"}';

function parseJson(text: string): unknown {
  finish(shapeSteps(Buffer.from(text), FRAME));
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
  const names = inOptions ? SAMPLING_OPTION_NAMES : Object.keys(commandShapes);
  const nearest = nearestName(key, names);
  const hint = nearest ? `did you mean "${nearest}"?` : `known are ${names.join(', ')}`;
  const shown = JSON.stringify(key.slice(0, 64));
  return inOptions
    ? new QuireError('unknown_option', `the option ${shown} is not known`, hint)
    : new QuireError('bad_message', `the field ${shown} is not known`, hint);
}

const HINTS: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    SAMPLING_OPTION_NAMES.map((name) => [name, `give ${valuesOf(samplingOption(name))}`]),
  ),
  message: 'send a text that is not empty',
  options: 'send an object, for example {"temperature": 0}',
  system: 'send a text',
  cancel: 'send {"cancel": true}',
  reset: 'send {"reset": true}',
  conversation: 'send the id of a conversation, or "new"',
  contextPolicy: 'send "error", "truncate" or {"kind": "truncate", "lowWater": 0.5}',
  regenerate: 'send true, or the id of an answer',
  edit: 'send the id of a message of the user',
  model: 'send a name of /v1/models',
  resume: 'send the number of the last event that was seen, 0 for none',
  turn: 'send the turn of the last event that was seen',
  cacheReport: 'send {"cacheReport": true}',
  tag: 'send a text of 64 characters at most',
  watch: 'send true to begin and false to end',
  ping: 'send a whole number, which comes back',
};
