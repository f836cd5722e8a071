// Parses the frames that clients send over /ws/chat: docs/chat-protocol.md. `{"message": "..."}` is a complete command. Unknown
// fields and options are rejected by name, never ignored.

import { z } from 'zod';
import { QuireError } from '../../../base/errors.ts';
import { finish } from '../../../base/steps.ts';
import type { ContextPolicy } from '../../../chat/context-policy.ts';
import { describeValues } from '../../../completion/option-ranges.ts';
import {
  SAMPLING_OPTION_NAMES,
  type SamplingOptions,
  samplingOption,
} from '../../../completion/sampling-options.ts';
import { modelNameSchema, policySchema, samplingSchema } from '../../http/bodies/conversation-schemas.ts';
import { checkShapeSteps, type ShapeLimits } from '../../http/bodies/json-shape.ts';
import { suggestName } from '../../http/bodies/request-fields.ts';

/** Maximum length of a message in bytes of UTF-8. */
export const MESSAGE_LIMIT_BYTES = 1024 * 1024;

const id = z.string().min(1).max(64);

const commandShape = {
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

const commandSchema = z.strictObject(commandShape).partial();

/** One frame of a client. Its fields are processed in the order ping, watch, cancel, reset, resume, message. */
export interface ChatCommand {
  readonly message?: string;
  readonly options?: SamplingOptions;
  /** id of a stored conversation, or `new`; the socket's own conversation when absent */
  readonly conversation?: string;
  /** only before the first message of a conversation, or with `reset` */
  readonly system?: string;
  /** as `system` */
  readonly contextPolicy?: ContextPolicy['kind'] | ContextPolicy;
  /** as `system`: the model that answers; the default model when absent */
  readonly model?: string;
  /** generates another answer in place of the last one, or of the one with this id */
  readonly regenerate?: true | string;
  /** id of the user's message that `message` replaces on a new branch */
  readonly edit?: string;
  /** cancels the running answer; no effect when it has just ended */
  readonly cancel?: true;
  /** cancels the running answer and starts a new conversation of the socket */
  readonly reset?: true;
  /** number of the last event of `turn` that was received in `conversation`; 0 for none */
  readonly resume?: number;
  /** the turn that `resume` refers to */
  readonly turn?: string;
  readonly cacheReport?: true;
  readonly tag?: string;
  /** whether to send an event for each conversation that changes */
  readonly watch?: boolean;
  /** returned in a `pong` */
  readonly ping?: number;
}

/** Parses one text frame. Throws `bad_message`, `unknown_option` or `bad_option`. */
export function parseCommand(text: string): ChatCommand {
  const parsed = commandSchema.safeParse(parseJson(text));
  if (!parsed.success) throw validationError(parsed.error.issues[0]!);
  // The schema leaves absent keys absent, which zod's types cannot express.
  const command = parsed.data as ChatCommand;
  if (Object.keys(command).length === 0) {
    throw new QuireError('bad_message', 'the object is empty', EXAMPLE);
  }
  checkCombination(command);
  return command;
}

/** Rejects fields that have no effect in their combination. */
function checkCombination(command: ChatCommand): void {
  const { message, regenerate, edit, conversation, resume, turn, reset } = command;
  const reject = (what: string, hint: string): never => {
    throw new QuireError('bad_message', what, hint);
  };
  const needTurn = ['options', 'cacheReport', 'tag'] as const;
  const alone = needTurn.find((field) => command[field] !== undefined);
  if (alone !== undefined && message === undefined && regenerate === undefined)
    reject(`"${alone}" requires "message"`, 'send them in the same frame');
  if (edit !== undefined && message === undefined)
    reject('"edit" requires "message"', 'send the new text as "message"');
  if (regenerate !== undefined && message !== undefined)
    reject('"regenerate" and "message" cannot be combined', 'send one of them; "edit" changes a message');
  if (resume !== undefined && (conversation === undefined || conversation === 'new'))
    reject('"resume" requires "conversation"', 'send the id of the conversation');
  if ((turn !== undefined) !== (resume ?? 0) > 0)
    reject(
      turn === undefined ? '"resume" requires "turn"' : '"turn" requires "resume"',
      'send the turn and the number of the last event that was received, or "resume": 0 for none',
    );
  if (reset !== undefined && conversation !== undefined)
    reject('"reset" and "conversation" cannot be combined', '"reset" ends the conversation of the socket');
}

/** Slightly more than all options together can have. */
const FRAME: ShapeLimits = { values: 8192, numbers: 32_768, name: 'frame' };

const EXAMPLE = 'send {"message": "your text"}';

function parseJson(text: string): unknown {
  finish(checkShapeSteps(Buffer.from(text), FRAME));
  try {
    return JSON.parse(text);
  } catch (error) {
    const what = error instanceof Error ? error.message : String(error);
    throw new QuireError('bad_message', `the frame is not valid JSON (${what.slice(0, 120)})`, EXAMPLE);
  }
}

function validationError(issue: z.core.$ZodIssue): QuireError {
  const inOptions = issue.path[0] === 'options';
  if (issue.code === 'unrecognized_keys') return unknownName(issue.keys[0] ?? '', inOptions);
  if (issue.path.length === 0)
    return new QuireError('bad_message', 'the frame is not a JSON object', EXAMPLE);
  const code = inOptions && issue.path.length > 1 ? 'bad_option' : 'bad_message';
  const hint = HINTS[String(issue.path[inOptions ? 1 : 0] ?? 'options')] ?? EXAMPLE;
  const what = `"${issue.path.join('.')}" is not valid (${issue.message.slice(0, 120)})`;
  return new QuireError(code, what, hint);
}

function unknownName(name: string, inOptions: boolean): QuireError {
  const quoted = JSON.stringify(name.slice(0, 64));
  return inOptions
    ? new QuireError('unknown_option', `unknown option ${quoted}`, suggestName(name, SAMPLING_OPTION_NAMES))
    : new QuireError('bad_message', `unknown field ${quoted}`, suggestName(name, Object.keys(commandShape)));
}

const HINTS: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    SAMPLING_OPTION_NAMES.map((name) => [name, `expected ${describeValues(samplingOption(name))}`]),
  ),
  message: 'send a text that is not empty',
  options: 'send an object, for example {"temperature": 0}',
  system: 'send a text',
  cancel: 'send {"cancel": true}',
  reset: 'send {"reset": true}',
  conversation: 'send the id of a conversation, or "new"',
  contextPolicy: 'send "error", "truncate" or {"kind": "truncate", "lowWater": 0.5}',
  regenerate: 'send true, or the id of an answer',
  edit: "send the id of a user's message",
  model: 'send a model name of /v1/models',
  resume: 'send the number of the last event that was received, 0 for none',
  turn: 'send the turn of the last event that was received',
  cacheReport: 'send {"cacheReport": true}',
  tag: 'send a text of at most 64 characters',
  watch: 'send true to start and false to stop',
  ping: 'send a whole number; the pong returns it',
};
