// Generates the table in docs/sampling.md from the table of sampling options: node tools/run.js tools/option-rows.ts

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

/** Returns the document with its table of options regenerated. */
export function optionsPage(page: string): string {
  const rows = SAMPLING_OPTION_NAMES.map((name) => {
    const option = samplingOption(name);
    const marked =
      option.kind === 'number' && option.recommendable ? `${option.defaultText} \\*` : option.defaultText;
    const cells = [
      `\`${name}\``,
      `\`${option.wire}\``,
      `\`${option.flag}\``,
      option.help,
      acceptedValues(option),
      marked,
    ];
    return `| ${[...cells, option.source].join(' | ')} |`;
  });
  return page.replace(/\| option \|.*\n(\|.*\n)*/, `${HEAD}${rows.join('\n')}\n`);
}

// Returns the accepted values of an option, in fewer words than an error message.
function acceptedValues(option: SamplingOption): string {
  const most = (what: string, count: number): string => `at most ${count.toLocaleString('en')} ${what}`;
  switch (option.kind) {
    case 'number':
      return describeRange(option).replace(/^a number /, '');
    case 'texts': {
      const { maxLength, maxTotalLength } = option;
      const each = maxLength === undefined ? '' : ` of up to ${maxLength.toLocaleString('en')} characters`;
      const all =
        maxTotalLength === undefined ? '' : `, ${maxTotalLength.toLocaleString('en')} characters in total`;
      return `${most(`non-empty texts${each}`, option.maxItems)}${all}`;
    }
    case 'tokens':
      return most('token ids', option.maxItems);
    case 'sequences':
      return `${most('lists of token ids', option.maxItems)}, ${option.maxTotalLength.toLocaleString('en')} ids in total`;
    case 'biases':
      return most(
        `token ids with numbers from -${option.maxBias} to ${option.maxBias}, or -Infinity`,
        option.maxItems,
      );
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  writeFileSync(OPTIONS_FILE, optionsPage(readFileSync(OPTIONS_FILE, 'utf8')));
