// The worked example of docs/kv-cache.md shows the state of the cache after each step. QUIRE_UPDATE=1 writes the pictures.

import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { walkthrough } from '../support/kv/kv-walkthrough.ts';

const PAGE = new URL('../../docs/kv-cache.md', import.meta.url);

/** Returns the page with each picture after the text of its heading. */
function withPictures(page: string, pictures: ReadonlyMap<string, string>): string {
  return page.replace(/^### (.*)\n(?:(?!^#)[^\n]*\n)*/gm, (section, heading: string) => {
    const picture = pictures.get(heading);
    if (picture === undefined) return section;
    const words = section.replace(/```text\n[\s\S]*?```\n/, '').trimEnd();
    return `${words}\n\n\`\`\`text\n${picture}\n\`\`\`\n\n`;
  });
}

test('docs/kv-cache.md shows every array after every step', () => {
  const page = readFileSync(PAGE, 'utf8');
  const pictures = walkthrough();
  for (const heading of pictures.keys()) expect(page).toContain(`\n### ${heading}\n`);
  const expected = withPictures(page, pictures);
  if (process.env.QUIRE_UPDATE === '1') writeFileSync(PAGE, expected);
  else expect(page).toBe(expected);
});
