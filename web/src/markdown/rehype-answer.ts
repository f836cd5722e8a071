// What an answer needs as a part of a page: its headings stand below those of the page, and each of its blocks is
// laid out in the direction of its own text.
//
// The direction is set on the outermost blocks alone: an element with a direction of its own does not count for its
// parent, and a list takes the side of its bullets from all of its text. What is inside follows by the style sheet.

import type { Element, Root } from 'hast';

/** Headings of the page itself: its name, and the conversation. */
const PAGE_LEVELS = 2;

const BLOCKS: ReadonlySet<string> = new Set(['p', 'ul', 'ol', 'blockquote', 'table']);

export function rehypeAnswer() {
  return (tree: Root): void => {
    const headings = elementsOf(tree).filter(({ tagName }) => levelOf(tagName) !== undefined);
    const highest = Math.min(...headings.map(({ tagName }) => levelOf(tagName) ?? 6));
    for (const heading of headings) {
      const level = (levelOf(heading.tagName) ?? 6) - highest + 1;
      heading.properties = { ...heading.properties, dir: 'auto', dataLevel: level };
      heading.tagName = `h${Math.min(6, level + PAGE_LEVELS)}`;
    }
    for (const child of tree.children) {
      if (child.type === 'element' && BLOCKS.has(child.tagName)) child.properties.dir = 'auto';
    }
  };
}

function levelOf(tagName: string): number | undefined {
  const level = /^h([1-6])$/.exec(tagName)?.[1];
  return level === undefined ? undefined : Number(level);
}

function elementsOf(node: Root | Element): readonly Element[] {
  return node.children.flatMap((child) => (child.type === 'element' ? [child, ...elementsOf(child)] : []));
}
