// Compares the tokenizers with the vocabularies in ../shared/vocab, if that folder exists; it is not part of the
// repository.

import { existsSync } from 'node:fs';
import { expect, it } from 'vitest';
import { compareVocabularies, reportLine, VOCAB_FOLDER } from '../../tools/vocab-report.ts';

const hasVocabularies = existsSync(VOCAB_FOLDER);

it.skipIf(!hasVocabularies && process.env.CI !== 'true')(
  'the tokenizers return exactly the expected ids of each vocabulary',
  async (context) => {
    if (!hasVocabularies) throw new Error(`no vocabularies at ${VOCAB_FOLDER}`);
    const lines = (await compareVocabularies()).map(reportLine);
    await context.annotate(lines.join(', '));
    expect(lines).toEqual(['deepseek-coder: 46/46 exact', 'gpt-2: 46/46 exact', 'llama-spm: 46/46 exact']);
  },
);

if (!hasVocabularies) console.info(`skipped: no vocabularies at ${VOCAB_FOLDER}`);
