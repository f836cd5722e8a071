import fc from 'fast-check';
import { expect, test } from 'vitest';
import { QuireError } from '../../../base/errors.ts';
import { SAMPLING_OPTION_NAMES } from '../../../completion/sampling-options.ts';
import { parseCommand } from './chat-command.ts';

const words = (text: string): string[] => text.split(' ');

/** One more logit bias than a message may contain. */
const TOO_MANY_BIASES = Array.from({ length: 1025 }, (_, token) => [token, 1] as const);

const messageWithOptions = (options: object): string => JSON.stringify({ message: 'x', options });

function errorOf(text: string): QuireError {
  try {
    parseCommand(text);
  } catch (error) {
    if (error instanceof QuireError) return error;
    throw error;
  }
  throw new Error(`parseCommand accepted ${text}`);
}

test('parseCommand accepts a command that contains only a message', () => {
  expect(parseCommand('{"message":"hello"}')).toEqual({ message: 'hello' });
});

test('parseCommand accepts all fields and options', () => {
  const options = {
    ...{ maxTokens: 0, minTokens: 0, temperature: 0, topK: 0, topP: 1, minP: 0.1, typicalP: 0.9 },
    ...{ repetitionPenalty: 1.1, presencePenalty: -2, frequencyPenalty: 2, logitBias: { 5: -100, 7: 0.5 } },
    ...{ badWords: ['x'], badTokens: [[1, 2]], stop: ['y'], stopTokens: [2], seed: 7, logprobs: 20 },
  };
  expect(Object.keys(options).toSorted()).toEqual([...SAMPLING_OPTION_NAMES].sort());
  const allOptions = { ...options, adapter: 'medical' };
  const command = { message: 'x', system: '', reset: true, watch: false, ping: -3, options: allOptions };
  expect(parseCommand(JSON.stringify(command))).toEqual(command);
});

test('parseCommand accepts logit biases as pairs', () => {
  const { options } = parseCommand('{"message":"x","options":{"logitBias":[[5,-1],[7,2]]}}');
  expect(options).toEqual({
    logitBias: [
      [5, -1],
      [7, 2],
    ],
  });
});

test('parseCommand converts a single stop string to a list', () => {
  expect(parseCommand('{"message":"x","options":{"stop":"\\n"}}').options).toEqual({ stop: ['\n'] });
});

test.each([
  ['', 'bad_message', /not valid JSON/],
  ['{', 'bad_message', /not valid JSON/],
  ['['.repeat(100_000), 'bad_message', /nested more than 64/],
  ['null', 'bad_message', /not a JSON object/],
  ['[]', 'bad_message', /not a JSON object/],
  ['"hello"', 'bad_message', /not a JSON object/],
  ['{}', 'bad_message', /empty/],
  ['{"message":""}', 'bad_message', /"message"/],
  ['{"message":1}', 'bad_message', /"message"/],
  ['{"message":null}', 'bad_message', /"message"/],
  ['{"cancel":false}', 'bad_message', /"cancel"/],
  ['{"watch":1}', 'bad_message', /"watch"/],
  ['{"ping":1.5}', 'bad_message', /"ping"/],
  ['{"options":{}}', 'bad_message', /requires "message"/],
  ['{"message":"x","options":[]}', 'bad_message', /"options"/],
  ['{"message":"x","__proto__":{}}', 'bad_message', /__proto__/],
  ['{"message":"x","options":{"temperature":-1}}', 'bad_option', /options\.temperature/],
  ['{"message":"x","options":{"temperature":1e999}}', 'bad_option', /options\.temperature/],
  ['{"message":"x","options":{"topP":0}}', 'bad_option', /options\.topP/],
  ['{"message":"x","options":{"maxTokens":-2}}', 'bad_option', /options\.maxTokens/],
  ['{"message":"x","options":{"minP":2}}', 'bad_option', /options\.minP/],
  ['{"message":"x","options":{"presencePenalty":3}}', 'bad_option', /options\.presencePenalty/],
  ['{"message":"x","options":{"logitBias":{"five":1}}}', 'bad_option', /options\.logitBias/],
  ['{"message":"x","options":{"logitBias":{"5":101}}}', 'bad_option', /options\.logitBias/],
  [
    messageWithOptions({ logitBias: Object.fromEntries(TOO_MANY_BIASES) }),
    'bad_option',
    /more than 1024 biases/,
  ],
  [messageWithOptions({ logitBias: TOO_MANY_BIASES }), 'bad_option', /options\.logitBias/],
  ['{"message":"x","options":{"badWords":"x"}}', 'bad_option', /options\.badWords/],
  ['{"message":"x","options":{"badTokens":[[]]}}', 'bad_option', /options\.badTokens/],
  ['{"message":"x","options":{"logprobs":21}}', 'bad_option', /options\.logprobs/],
  ['{"message":"x","options":{"maxTokens":1.5}}', 'bad_option', /options\.maxTokens/],
  ['{"message":"x","options":{"seed":9007199254740993}}', 'bad_option', /options\.seed/],
  ['{"message":"x","options":{"stop":[""]}}', 'bad_option', /options\.stop/],
])('parseCommand rejects %.60s', (text, code, message) => {
  const error = errorOf(text);
  expect(error.code).toBe(code);
  expect(error.message).toMatch(message);
  expect(error.message.length + error.hint.length).toBeLessThan(400);
});

test('parseCommand rejects an unknown name and suggests the nearest known name', () => {
  const error = errorOf('{"message":"x","options":{"max_tokens":5}}');
  expect(error.code).toBe('unknown_option');
  expect(error.hint).toBe('did you mean "maxTokens"?');
  expect(errorOf('{"mesage":"x"}').hint).toBe('did you mean "message"?');
  expect(errorOf('{"quantum":1}').hint).toMatch(/known names: message/);
});

test('parseCommand parses any text or throws a QuireError with status 400', () => {
  const keys = fc.constantFrom(...words('message options system cancel reset watch ping mesage __proto__'));
  const frames = fc.oneof(
    fc.string(),
    fc.json(),
    fc.dictionary(keys, fc.jsonValue()).map((command) => JSON.stringify(command)),
  );
  fc.assert(
    fc.property(frames, (frame) => {
      try {
        return typeof parseCommand(frame) === 'object';
      } catch (error) {
        return error instanceof QuireError && error.status === 400;
      }
    }),
  );
});
