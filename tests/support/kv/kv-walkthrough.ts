// The worked example of docs/kv-cache.md: every array of a small cache after every step. A test compares the document with
// this output.

import { type BlockId, blockId } from '../../../src/base/ids.ts';
import { BlockCopies } from '../../../src/kv/block-copies.ts';
import { createPagedCache } from '../../../src/kv/create-cache.ts';
import type { PagedCache, PagedSequence } from '../../../src/kv/paged-cache.ts';
import { checkInvariants } from './cache-invariants.ts';

const BLOCKS = 8;
const BLOCK_SIZE = 4;
const WORDS = 'S1 S2 S3 S4 S5 S6 a1 a2 a3 a4 a5 b1 b2 b3 c4 d1 d2 d3 d4 d5 d6 d7 d8 d9 d10 d11 d12'.split(
  ' ',
);

const tokensOf = (text: string): Int32Array =>
  Int32Array.from(text.split(' '), (word) => WORDS.indexOf(word));

/** Returns the picture of each step by its heading in the document. */
export function walkthrough(): Map<string, string> {
  const cache = createPagedCache({
    groups: [{ keeps: 'all', blocks: BLOCKS }],
    blockSize: BLOCK_SIZE,
    contextLength: 24,
    maxRunning: 4,
  });
  const running = new Map<string, PagedSequence>();
  const copies = new BlockCopies(1);
  const shown = new Map<string, string>();
  const show = (step: string): void => {
    checkInvariants(cache);
    shown.set(step, picture(cache, running, copies.take()[0]!));
  };
  const lookup = (name: string, text: string): void => {
    running.set(name, cache.createSequence(cache.match(tokensOf(text), ''), copies)!);
  };
  const compute = (name: string, text: string): void => {
    const tokens = tokensOf(text);
    const sequence = running.get(name)!;
    if (!cache.reserve(sequence, tokens.length, copies)) throw new Error(`not enough blocks for ${name}`);
    cache.commit(sequence, tokens, tokens.length);
  };
  const release = (name: string): void => {
    cache.release(running.get(name)!);
    running.delete(name);
  };

  show('Empty cache');
  lookup('A', 'S1 S2 S3 S4 S5 S6 a1 a2');
  compute('A', 'S1 S2 S3 S4 S5 S6 a1 a2');
  show('A computes its prompt');
  compute('A', 'S1 S2 S3 S4 S5 S6 a1 a2 a3');
  show('A computes one more token');
  lookup('B', 'S1 S2 S3 S4 S5 S6 b1 b2 b3');
  show('B starts with the same system prompt');
  compute('B', 'S1 S2 S3 S4 S5 S6 b1 b2 b3');
  show('B computes the rest of its prompt');
  running.set('C', cache.fork(running.get('A')!)!);
  show('C is a fork of A');
  compute('A', 'S1 S2 S3 S4 S5 S6 a1 a2 a3 a4');
  show('A writes to a shared block');
  compute('C', 'S1 S2 S3 S4 S5 S6 a1 a2 a3 c4');
  show('C writes to block 2');
  release('A');
  release('C');
  show('A and C are released');
  lookup('D', 'd1 d2 d3 d4 d5 d6 d7 d8 d9 d10 d11 d12');
  compute('D', 'd1 d2 d3 d4 d5 d6 d7 d8 d9 d10 d11 d12');
  show('D needs three blocks');
  return shown;
}

function picture(cache: PagedCache, running: ReadonlyMap<string, PagedSequence>, copies: Int32Array): string {
  const { tree } = cache;
  const [group] = cache.groupBlocks;
  const { pool } = group!;
  const ids = Array.from({ length: BLOCKS }, (_, i) => blockId(i));
  const wordsIn = (tokens: Int32Array): string => [...tokens].map((token) => WORDS[token]).join(' ');
  const wordsOf = (id: BlockId): string => {
    const node = group!.nodeOf(id);
    return node === undefined ? '-' : wordsIn(tree.tokensOf(node));
  };
  const rows = [
    ['block', ...ids.map(String)],
    ['state', ...ids.map((id) => pool.state(id))],
    ['owners', ...ids.map((id) => String(pool.owners(id)))],
    ['parent', ...ids.map((id) => parentName(cache, id))],
    ['count', ...ids.map((id) => String(group!.count(id)))],
    ['tokens', ...ids.map((id) => wordsOf(id))],
  ];
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const lines = rows.map((row) =>
    row
      .map((cell, i) => cell.padEnd(widths[i]!))
      .join('  ')
      .trimEnd(),
  );
  lines.push(`allocation order: ${[...pool.allocationOrder()].join(' ')}`);
  for (const [name, { tables, computed }] of running) {
    const { blocks, end } = tables[0]!;
    lines.push(`table ${name}: [${blocks.subarray(0, end).join(' ')}], ${computed} tokens computed`);
  }
  if (copies.length > 0) lines.push(`copies before the next step: ${copies[0]} to ${copies[1]}`);
  return lines.join('\n');
}

// Returns the block of the parent node.
function parentName({ tree, groupBlocks }: PagedCache, id: BlockId): string {
  const [group] = groupBlocks;
  const node = group!.nodeOf(id);
  if (node === undefined) return '-';
  const parent = group!.blockOf(tree.parentOf(node)!);
  return parent === undefined ? 'root' : String(parent);
}
