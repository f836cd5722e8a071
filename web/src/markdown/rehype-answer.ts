// Adapts the HTML of an answer to the page: heading levels are moved below those of the page, and each block gets the
// direction of its text.
//
// `dir="auto"` is set on the outermost blocks only. When a browser detects the direction of an element, it ignores
// children that have a `dir` attribute. But the bullets of a list must follow the direction of the text in the whole list.
// The style sheet sets the direction of the elements inside.

import type { Element, Root } from 'hast';

/** Heading levels used by the page: h1 for the page title, h2 for the conversation. */
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
