// Parses the frames that clients send over /ws/chat (docs/chat-protocol.md). `{"message": "..."}` is a complete command. Unknown
// fields and options are rejected with an error that names them, never ignored.

import { z } from 'zod';
import { QuireError } from '../../../base/errors.ts';
import { finish } from '../../../base/steps.ts';
import type { ContextPolicy } from '../../../chat/context-policy.ts';
import { describeValues } from '../../../completion/option-ranges.ts';
import type { AnswerOptions } from '../../../completion/request-options.ts';
import { SAMPLING_OPTION_NAMES, samplingOption } from '../../../completion/sampling-options.ts';
import { answerSchema, modelNameSchema, policySchema } from '../../http/bodies/conversation-schemas.ts';
import { checkShapeSteps, type ShapeLimits } from '../../http/bodies/json-shape.ts';
import { suggestName } from '../../http/bodies/request-fields.ts';

/** Maximum length of a message in bytes of UTF-8. */
export const MESSAGE_LIMIT_BYTES = 1024 * 1024;

const id = z.string().min(1).max(64);

const commandShape = {
  message: z.string().min(1),
  options: answerSchema,
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

/** One frame of a client. The fields are processed in the order ping, watch, cancel, reset, resume, message. */
export interface ChatCommand {
  readonly message?: string;
  readonly options?: AnswerOptions;
  /** id of a stored conversation, or `new`; by default the conversation of the socket */
  readonly conversation?: string;
  /** system message; accepted only before the first message of a conversation, or with `reset` */
  readonly system?: string;
  /** accepted under the same conditions as `system` */
  readonly contextPolicy?: ContextPolicy['kind'] | ContextPolicy;
  /** name of the model that answers, by default the default model; accepted under the same conditions as `system` */
  readonly model?: string;
  /** generates another version of the answer with this id, or of the last answer for `true` */
  readonly regenerate?: true | string;
  /** id of the user message that `message` replaces on a new branch */
  readonly edit?: string;
  /** cancels the running answer; has no effect if the answer has already ended */
  readonly cancel?: true;
  /** cancels the running answer of the socket, and starts a new conversation */
  readonly reset?: true;
  /** number of the last event of `turn` that was received in `conversation`; 0 for none */
  readonly resume?: number;
  /** the turn that `resume` refers to */
  readonly turn?: string;
  readonly cacheReport?: true;
  readonly tag?: string;
  /** whether to send an event for each conversation that changes */
  readonly watch?: boolean;
  /** a number that the `pong` event returns */
  readonly ping?: number;
}

/** Parses one text frame. Throws `bad_message`, `unknown_option` or `bad_option`. */
export function parseCommand(text: string): ChatCommand {
  const parsed = commandSchema.safeParse(parseJson(text));
  if (!parsed.success) throw validationError(parsed.error.issues[0]!);
  // The schema adds no keys for absent fields, but the types of zod allow undefined values.
  const command = parsed.data as ChatCommand;
  if (Object.keys(command).length === 0) {
    throw new QuireError('bad_message', 'the object is empty', EXAMPLE_HINT);
  }
  checkCombination(command);
  return command;
}

/** Rejects fields that would have no effect in the given combination. */
function checkCombination(command: ChatCommand): void {
  const { message, regenerate, edit, conversation, resume, turn, reset } = command;
  const reject = (problem: string, hint: string): never => {
    throw new QuireError('bad_message', problem, hint);
  };
  const turnFields = ['options', 'cacheReport', 'tag'] as const;
  const turnField = turnFields.find((field) => command[field] !== undefined);
  if (turnField !== undefined && message === undefined && regenerate === undefined)
    reject(`"${turnField}" requires "message"`, 'send both fields in the same frame');
  if (edit !== undefined && message === undefined)
    reject('"edit" requires "message"', 'send the new text as "message"');
  if (regenerate !== undefined && message !== undefined)
    reject('"regenerate" and "message" cannot be combined', 'send one of them; "edit" changes a message');
  if (resume !== undefined && (conversation === undefined || conversation === 'new'))
    reject('"resume" requires "conversation"', 'send the id of the conversation');
  if ((turn !== undefined) !== (resume ?? 0) > 0)
    reject(
      turn === undefined ? '"resume" requires "turn"' : '"turn" requires "resume"',
      'send the turn id and the number of the last event that was received, or "resume": 0 if none was received',
    );
  if (reset !== undefined && conversation !== undefined)
    reject('"reset" and "conversation" cannot be combined', '"reset" ends the conversation of the socket');
}

/** Slightly more than a frame with all options can contain. */
const FRAME_LIMITS: ShapeLimits = { values: 8192, numbers: 32_768, name: 'frame' };

const EXAMPLE_HINT = 'send {"message": "your text"}';

function parseJson(text: string): unknown {
  finish(checkShapeSteps(Buffer.from(text), FRAME_LIMITS));
  try {
    return JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new QuireError(
      'bad_message',
      `the frame is not valid JSON (${reason.slice(0, 120)})`,
      EXAMPLE_HINT,
    );
  }
}

function validationError(issue: z.core.$ZodIssue): QuireError {
  const inOptions = issue.path[0] === 'options';
  if (issue.code === 'unrecognized_keys') return unknownNameError(issue.keys[0] ?? '', inOptions);
  if (issue.path.length === 0)
    return new QuireError('bad_message', 'the frame is not a JSON object', EXAMPLE_HINT);
  const code = inOptions && issue.path.length > 1 ? 'bad_option' : 'bad_message';
  const hint = HINTS[String(issue.path[inOptions ? 1 : 0] ?? 'options')] ?? EXAMPLE_HINT;
  const message = `"${issue.path.join('.')}" is not valid (${issue.message.slice(0, 120)})`;
  return new QuireError(code, message, hint);
}

function unknownNameError(name: string, inOptions: boolean): QuireError {
  const quoted = JSON.stringify(name.slice(0, 64));
  return inOptions
    ? new QuireError(
        'unknown_option',
        `unknown option ${quoted}`,
        suggestName(name, ['adapter', ...SAMPLING_OPTION_NAMES]),
      )
    : new QuireError('bad_message', `unknown field ${quoted}`, suggestName(name, Object.keys(commandShape)));
}

const HINTS: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    SAMPLING_OPTION_NAMES.map((name) => [name, `expected ${describeValues(samplingOption(name))}`]),
  ),
  adapter: 'send the name of a LoRA adapter of the model',
  message: 'send a text that is not empty',
  options: 'send an object, for example {"temperature": 0}',
  system: 'send a text',
  cancel: 'send {"cancel": true}',
  reset: 'send {"reset": true}',
  conversation: 'send the id of a conversation, or "new"',
  contextPolicy: 'send "error", "truncate" or {"kind": "truncate", "lowWater": 0.5}',
  regenerate: 'send true, or the id of an answer',
  edit: 'send the id of a user message',
  model: 'send a model name that /v1/models lists',
  resume: 'send the number of the last event that was received, or 0 if none was received',
  turn: 'send the turn id of the last event that was received',
  cacheReport: 'send {"cacheReport": true}',
  tag: 'send a text of at most 64 characters',
  watch: 'send true to start and false to stop',
  ping: 'send a whole number; the pong returns it',
};
