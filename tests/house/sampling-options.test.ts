// Checks that each sampling option is available in every interface and that docs/sampling.md lists all options.

import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { expect, it } from 'vitest';
import { addSamplingOptions, samplingOptions } from '../../src/cli/model-options.ts';
import { SAMPLING_OPTION_NAMES, samplingOption } from '../../src/completion/sampling-options.ts';
import { REQUEST_OPTION_NAMES } from '../../src/engine/requests.ts';
import { answerSchema } from '../../src/server/http/bodies/conversation-schemas.ts';
import { chatRequestSchema } from '../../src/server/protocols/openai-chat/chat-request.ts';
import { completionRequestSchema } from '../../src/server/protocols/openai-completions/completion-request.ts';
import { OPTIONS_FILE, replaceOptionsTable } from '../../tools/option-rows.ts';
import { OMITTED_SAMPLING_OPTIONS, SAMPLING_FIELDS } from '../../web/src/api/sampling-fields.ts';

/** For each interface, the options that it intentionally lacks, with reasons. */
const MISSING: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  flags: { logprobs: 'only `quire run --json` prints them' },
  page: OMITTED_SAMPLING_OPTIONS,
};

const optionsWithField = (fieldNames: readonly string[]): string[] =>
  SAMPLING_OPTION_NAMES.filter((name) => fieldNames.includes(samplingOption(name).wire));

const flags = addSamplingOptions(new Command()).options.map((option) => option.flags);

it.each([
  ['library', REQUEST_OPTION_NAMES],
  ['chat socket', Object.keys(answerSchema.shape)],
  ['chat completions', optionsWithField(Object.keys(chatRequestSchema.shape))],
  ['completions', optionsWithField(Object.keys(completionRequestSchema.shape))],
  ['flags', SAMPLING_OPTION_NAMES.filter((name) => flags.includes(samplingOption(name).flag))],
  ['page', SAMPLING_FIELDS.map(({ name }) => name)],
])(
  '%s: each sampling option is available, or a reason for its absence is recorded',
  (interfaceName, names) => {
    const missingNames = SAMPLING_OPTION_NAMES.filter((name) => !names.includes(name));
    expect(missingNames.toSorted()).toEqual(Object.keys(MISSING[interfaceName] ?? {}).toSorted());
    for (const reason of Object.values(MISSING[interfaceName] ?? {})) expect(reason).not.toBe('');
  },
);

it('samplingOptions converts flags of each kind to library options', () => {
  const command = addSamplingOptions(new Command());
  const flagText =
    '--top-k 4 --min-p 0.5 --stop a --stop b --stop-token 3 --stop-token 4 --bad-tokens 1,2 --bad-tokens 3';
  command.parse([...flagText.split(' '), '--logit-bias', '7=-2.5'], { from: 'user' });
  expect(samplingOptions(command.opts())).toEqual({
    topK: 4,
    minP: 0.5,
    stop: ['a', 'b'],
    stopTokens: [3, 4],
    badTokens: [[1, 2], [3]],
    logitBias: [[7, -2.5]],
  });
});

it('docs/sampling.md has an up-to-date table of options', () => {
  const document = readFileSync(OPTIONS_FILE, 'utf8');
  expect(document, 'update it: node tools/run.js tools/option-rows.ts').toBe(replaceOptionsTable(document));
});
