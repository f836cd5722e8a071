// Generates the table in docs/sampling.md from the sampling options in src/: node tools/run.js tools/option-rows.ts

import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describeRange } from '../src/completion/option-ranges.ts';
import {
  SAMPLING_OPTION_NAMES,
  type SamplingOption,
  samplingOption,
} from '../src/completion/sampling-options.ts';

export const OPTIONS_FILE = fileURLToPath(new URL('../docs/sampling.md', import.meta.url));

const HEAD =
  '| option | over HTTP | command line | effect | accepted values | default | source |\n|---|---|---|---|---|---|---|\n';

/** Returns the text of the document with a regenerated table of options. */
export function replaceOptionsTable(document: string): string {
  const rows = SAMPLING_OPTION_NAMES.map((name) => {
    const option = samplingOption(name);
    const defaultValue =
      option.kind === 'number' && option.recommendable ? `${option.defaultText} \\*` : option.defaultText;
    const cells = [
      `\`${name}\``,
      `\`${option.wire}\``,
      `\`${option.flag}\``,
      option.help,
      acceptedValues(option),
      defaultValue,
    ];
    return `| ${[...cells, option.source].join(' | ')} |`;
  });
  return document.replace(/\| option \|.*\n(\|.*\n)*/, `${HEAD}${rows.join('\n')}\n`);
}

// Returns the accepted values of an option in fewer words than the error messages use.
function acceptedValues(option: SamplingOption): string {
  const atMost = (count: number, noun: string): string => `at most ${count.toLocaleString('en')} ${noun}`;
  switch (option.kind) {
    case 'number':
      return describeRange(option).replace(/^a number /, '');
    case 'texts': {
      const { maxLength, maxTotalLength } = option;
      const each = maxLength === undefined ? '' : ` of up to ${maxLength.toLocaleString('en')} characters`;
      const total =
        maxTotalLength === undefined ? '' : `, ${maxTotalLength.toLocaleString('en')} characters in total`;
      return `${atMost(option.maxItems, `non-empty texts${each}`)}${total}`;
    }
    case 'tokens':
      return atMost(option.maxItems, 'token ids');
    case 'sequences':
      return `${atMost(option.maxItems, 'lists of token ids')}, ${option.maxTotalLength.toLocaleString('en')} ids in total`;
    case 'biases':
      return atMost(
        option.maxItems,
        `token ids with numbers from -${option.maxBias} to ${option.maxBias}, or -Infinity`,
      );
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  writeFileSync(OPTIONS_FILE, replaceOptionsTable(readFileSync(OPTIONS_FILE, 'utf8')));
