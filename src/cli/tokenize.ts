// `quire tokenize`: prints the token ids and pieces of a text. The model file may contain only a vocabulary.

import { readFile } from 'node:fs/promises';
import { Command } from 'commander';
import { QuireError } from '../base/errors.ts';
import { openTokenizer } from '../formats/node/open-model.ts';
import { createTokenizer, type Tokenizer } from '../text/tokenizer.ts';
import { MODEL_HELP, modelPathWithProgress, OFFLINE_HELP } from './model-path.ts';
import { say, sayJson } from './terminal.ts';

interface TokenizeFlags {
  readonly model: string;
  readonly offline?: boolean;
  readonly file?: string;
  readonly raw?: boolean;
  readonly json?: boolean;
}

export function tokenizeCommand(): Command {
  return new Command('tokenize')
    .description('print the token ids and pieces of a text')
    .argument('[text]', 'the text')
    .option('--model <model>', MODEL_HELP, 'embedded')
    .option('--offline', OFFLINE_HELP)
    .option('--file <file>', 'read the text from a file')
    .option('--raw', 'no start token; special strings are plain text')
    .option('--json', 'print {"tokens":[...]}')
    .action(tokenize);
}

async function tokenize(text: string | undefined, flags: TokenizeFlags): Promise<void> {
  const input = await inputText(text, flags);
  const path = await modelPathWithProgress(flags.model, { offline: flags.offline });
  const tokenizer = createTokenizer(await openTokenizer(path));
  const tokens = encode(tokenizer, input, flags.raw === true);
  if (flags.json === true) sayJson({ tokens });
  else say(tokens.map((id) => `${String(id).padStart(7)}  ${piece(tokenizer, id)}\n`).join(''));
}

async function inputText(text: string | undefined, flags: TokenizeFlags): Promise<string> {
  if ((text === undefined) === (flags.file === undefined)) {
    throw new QuireError('bad_option', 'tokenize needs either a text or --file', 'see quire tokenize --help');
  }
  if (text !== undefined) return text;
  try {
    return await readFile(flags.file!, 'utf8');
  } catch (cause) {
    const what = `${flags.file} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`;
    throw new QuireError('file_not_found', what, 'check the path', { cause });
  }
}

function encode(tokenizer: Tokenizer, text: string, raw: boolean): number[] {
  if (raw) return tokenizer.encode(text, { special: 'plain' });
  const tokens = tokenizer.encode(text, { special: 'parse' });
  return tokenizer.addBos && tokenizer.bosId !== undefined ? [tokenizer.bosId, ...tokens] : tokens;
}

const piece = (tokenizer: Tokenizer, id: number): string => JSON.stringify(tokenizer.piece(id));
