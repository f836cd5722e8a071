// Checks the vocabularies of ../shared/vocab, if present; they are not part of the repository.

import { existsSync } from 'node:fs';
import { expect, it } from 'vitest';
import { compareVocabularies, reportLine, VOCAB_FOLDER } from '../../tools/vocab-report.ts';

const present = existsSync(VOCAB_FOLDER);

it.skipIf(!present && process.env.CI !== 'true')(
  'gives the ids of every vocabulary exactly',
  async (context) => {
    if (!present) throw new Error(`no vocabularies at ${VOCAB_FOLDER}`);
    const lines = (await compareVocabularies()).map(reportLine);
    await context.annotate(lines.join(', '));
    expect(lines).toEqual(['deepseek-coder: 46/46 exact', 'gpt-2: 46/46 exact', 'llama-spm: 46/46 exact']);
  },
);

if (!present) console.info(`skipped: no vocabularies at ${VOCAB_FOLDER}`);
