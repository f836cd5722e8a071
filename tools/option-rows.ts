// Writes the table of docs/sampling.md from the table of sampling options: node tools/run.js tools/option-rows.ts

import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { rangeOf } from '../src/completion/option-ranges.ts';
import {
  SAMPLING_OPTION_NAMES,
  type SamplingOption,
  samplingOption,
} from '../src/completion/sampling-options.ts';

export const OPTIONS_FILE = fileURLToPath(new URL('../docs/sampling.md', import.meta.url));

const HEAD =
  '| option | over HTTP | command line | what it does | takes | default | from |\n|---|---|---|---|---|---|---|\n';

/** The contents of the file with its table as it is to be. */
export function optionsPage(page: string): string {
  const rows = SAMPLING_OPTION_NAMES.map((name) => {
    const option = samplingOption(name);
    const marked =
      option.kind === 'number' && option.suggested ? `${option.otherwise} \\*` : option.otherwise;
    const cells = [
      `\`${name}\``,
      `\`${option.wire}\``,
      `\`${option.flag}\``,
      option.help,
      takes(option),
      marked,
    ];
    return `| ${[...cells, option.source].join(' | ')} |`;
  });
  return page.replace(/\| option \|.*\n(\|.*\n)*/, `${HEAD}${rows.join('\n')}\n`);
}

// Shorter than the sentence of an error: a column.
function takes(option: SamplingOption): string {
  const most = (what: string, count: number): string => `${what}, ${count.toLocaleString('en')} at most`;
  switch (option.kind) {
    case 'number':
      return rangeOf(option).replace(/^a number /, '');
    case 'texts': {
      const { longest, together } = option;
      const each = longest === undefined ? '' : ` of ${longest.toLocaleString('en')} characters`;
      const all = together === undefined ? '' : ` of ${together.toLocaleString('en')} characters together`;
      return `${most(`texts that are not empty${each}`, option.most)}${all}`;
    }
    case 'tokens':
      return most('ids', option.most);
    case 'sequences':
      return `${most('lists of ids', option.most)} of ${option.together.toLocaleString('en')} ids together`;
    case 'biases':
      return `${most(`ids with numbers from -${option.largest} to ${option.largest}, or -Infinity`, option.most)}`;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  writeFileSync(OPTIONS_FILE, optionsPage(readFileSync(OPTIONS_FILE, 'utf8')));
