// Checks the diagrams of the worked example in docs/kv-cache.md: the state of the cache after each step. QUIRE_UPDATE=1
// updates the document.

import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { walkthrough } from '../support/kv/kv-walkthrough.ts';

const DOCUMENT = new URL('../../docs/kv-cache.md', import.meta.url);

/** Returns the document with each diagram after the text under its heading. */
function withDiagrams(document: string, diagrams: ReadonlyMap<string, string>): string {
  return document.replace(/^### (.*)\n(?:(?!^#)[^\n]*\n)*/gm, (section, heading: string) => {
    const diagram = diagrams.get(heading);
    if (diagram === undefined) return section;
    const textOfSection = section.replace(/```text\n[\s\S]*?```\n/, '').trimEnd();
    return `${textOfSection}\n\n\`\`\`text\n${diagram}\n\`\`\`\n\n`;
  });
}

test('docs/kv-cache.md shows the state of the cache after every step', () => {
  const document = readFileSync(DOCUMENT, 'utf8');
  const diagrams = walkthrough();
  for (const heading of diagrams.keys()) expect(document).toContain(`\n### ${heading}\n`);
  const expected = withDiagrams(document, diagrams);
  if (process.env.QUIRE_UPDATE === '1') writeFileSync(DOCUMENT, expected);
  else expect(document).toBe(expected);
});
