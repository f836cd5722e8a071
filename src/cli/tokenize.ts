// `quire tokenize`: prints the token ids and pieces of a text. A model file that contains only a vocabulary is sufficient.

import { readFile } from 'node:fs/promises';
import { Command } from 'commander';
import { QuireError } from '../base/errors.ts';
import { openTokenizer } from '../formats/node/open-model.ts';
import { createTokenizer, type Tokenizer } from '../text/tokenizer.ts';
import { baseModelPath, MODEL_HELP, OFFLINE_HELP } from './model-path.ts';
import { writeOutput, writeOutputJson } from './terminal.ts';

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
    .option('--raw', 'add no start token, and treat special strings as plain text')
    .option('--json', 'print {"tokens":[...]}')
    .action(tokenize);
}

async function tokenize(text: string | undefined, flags: TokenizeFlags): Promise<void> {
  const input = await readInput(text, flags);
  const path = await baseModelPath(flags.model, { offline: flags.offline });
  const tokenizer = createTokenizer(await openTokenizer(path));
  const tokens = encodeInput(tokenizer, input, flags.raw === true);
  if (flags.json === true) writeOutputJson({ tokens });
  else writeOutput(tokens.map((id) => `${String(id).padStart(7)}  ${pieceText(tokenizer, id)}\n`).join(''));
}

async function readInput(text: string | undefined, flags: TokenizeFlags): Promise<string> {
  if ((text === undefined) === (flags.file === undefined)) {
    throw new QuireError('bad_option', 'tokenize needs either a text or --file', 'see quire tokenize --help');
  }
  if (text !== undefined) return text;
  try {
    return await readFile(flags.file!, 'utf8');
  } catch (cause) {
    const message = `${flags.file} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`;
    throw new QuireError('file_not_found', message, 'check the path', { cause });
  }
}

function encodeInput(tokenizer: Tokenizer, text: string, raw: boolean): number[] {
  if (raw) return tokenizer.encode(text, { special: 'plain' });
  const tokens = tokenizer.encode(text, { special: 'parse' });
  return tokenizer.addBos && tokenizer.bosId !== undefined ? [tokenizer.bosId, ...tokens] : tokens;
}

const pieceText = (tokenizer: Tokenizer, id: number): string => JSON.stringify(tokenizer.piece(id));
