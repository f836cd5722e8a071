// Tests zero-width assertions with Ruby's semantics: ^ and $ match at line boundaries.

import { propertyTest } from './character-set.ts';
import type { Anchor } from './pattern-node.ts';

const isWord = propertyTest('word') ?? ((): boolean => false);

export function matchesAnchor(anchor: Anchor, text: string, at: number): boolean {
  switch (anchor) {
    case 'text start':
      return at === 0;
    case 'text end':
      return at === text.length;
    case 'last line end':
      return at === text.length || (at === text.length - 1 && text.endsWith('\n'));
    case 'line start':
      return at === 0 || (text.charAt(at - 1) === '\n' && at < text.length);
    case 'line end':
      return at === text.length || text.charAt(at) === '\n';
    case 'word boundary':
      return isWordBefore(text, at) !== isWordAt(text, at);
    case 'no word boundary':
      return isWordBefore(text, at) === isWordAt(text, at);
  }
}

function isWordAt(text: string, at: number): boolean {
  const code = text.codePointAt(at);
  return code !== undefined && isWord(code);
}

function isWordBefore(text: string, at: number): boolean {
  if (at === 0) return false;
  const pair = at > 1 ? (text.codePointAt(at - 2) ?? 0) : 0;
  return isWord(pair > 0xffff ? pair : text.charCodeAt(at - 1));
}
