import fc from 'fast-check';
import { expect, test } from 'vitest';
import { QuireError } from '../../../base/errors.ts';
import { SAMPLING_OPTION_NAMES } from '../../../completion/sampling-options.ts';
import { parseCommand } from './chat-command.ts';

const words = (text: string): string[] => text.split(' ');

/** One bias more than a message may have. */
const BIASES = Array.from({ length: 1025 }, (_, token) => [token, 1] as const);

const withOptions = (options: object): string => JSON.stringify({ message: 'x', options });

function errorOf(text: string): QuireError {
  try {
    parseCommand(text);
  } catch (error) {
    if (error instanceof QuireError) return error;
    throw error;
  }
  throw new Error(`accepted ${text}`);
}

test('a message alone is a command', () => {
  expect(parseCommand('{"message":"hello"}')).toEqual({ message: 'hello' });
});

test('accepts all fields and options', () => {
  const options = {
    ...{ maxTokens: 0, minTokens: 0, temperature: 0, topK: 0, topP: 1, minP: 0.1, typicalP: 0.9 },
    ...{ repetitionPenalty: 1.1, presencePenalty: -2, frequencyPenalty: 2, logitBias: { 5: -100, 7: 0.5 } },
    ...{ badWords: ['x'], badTokens: [[1, 2]], stop: ['y'], stopTokens: [2], seed: 7, logprobs: 20 },
  };
  expect(Object.keys(options).toSorted()).toEqual([...SAMPLING_OPTION_NAMES].sort());
  const command = { message: 'x', system: '', reset: true, watch: false, ping: -3, options };
  expect(parseCommand(JSON.stringify(command))).toEqual(command);
});

test('accepts logit biases as pairs', () => {
  const { options } = parseCommand('{"message":"x","options":{"logitBias":[[5,-1],[7,2]]}}');
  expect(options).toEqual({
    logitBias: [
      [5, -1],
      [7, 2],
    ],
  });
});

test('a single stop string becomes a list', () => {
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
  [withOptions({ logitBias: Object.fromEntries(BIASES) }), 'bad_option', /more than 1024 biases/],
  [withOptions({ logitBias: BIASES }), 'bad_option', /options\.logitBias/],
  ['{"message":"x","options":{"badWords":"x"}}', 'bad_option', /options\.badWords/],
  ['{"message":"x","options":{"badTokens":[[]]}}', 'bad_option', /options\.badTokens/],
  ['{"message":"x","options":{"logprobs":21}}', 'bad_option', /options\.logprobs/],
  ['{"message":"x","options":{"maxTokens":1.5}}', 'bad_option', /options\.maxTokens/],
  ['{"message":"x","options":{"seed":9007199254740993}}', 'bad_option', /options\.seed/],
  ['{"message":"x","options":{"stop":[""]}}', 'bad_option', /options\.stop/],
])('%.60s is rejected', (text, code, what) => {
  const error = errorOf(text);
  expect(error.code).toBe(code);
  expect(error.message).toMatch(what);
  expect(error.message.length + error.hint.length).toBeLessThan(400);
});

test('rejects an unknown name with the nearest known name', () => {
  const option = errorOf('{"message":"x","options":{"max_tokens":5}}');
  expect(option.code).toBe('unknown_option');
  expect(option.hint).toBe('did you mean "maxTokens"?');
  expect(errorOf('{"mesage":"x"}').hint).toBe('did you mean "message"?');
  expect(errorOf('{"quantum":1}').hint).toMatch(/known names: message/);
});

test('any text is parsed or rejected with an error', () => {
  const keys = fc.constantFrom(...words('message options system cancel reset watch ping mesage __proto__'));
  const frames = fc.oneof(
    fc.string(),
    fc.json(),
    fc.dictionary(keys, fc.jsonValue()).map((one) => JSON.stringify(one)),
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
