// The example of docs/kv-cache.md: prints the state of a small cache after every step. A test compares the output with the
// document.

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

/** Returns the state of the cache after each step, by the heading of the step in the document. */
export function walkthrough(): Map<string, string> {
  const cache = createPagedCache({
    groups: [{ retention: 'all', blocks: BLOCKS }],
    blockSize: BLOCK_SIZE,
    contextLength: 24,
    maxRunning: 4,
  });
  const running = new Map<string, PagedSequence>();
  const copies = new BlockCopies(1);
  const statesByHeading = new Map<string, string>();
  const record = (heading: string): void => {
    checkInvariants(cache);
    statesByHeading.set(heading, stateOf(cache, running, copies.drain()[0]!));
  };
  const start = (name: string, text: string): void => {
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

  record('Empty cache');
  start('A', 'S1 S2 S3 S4 S5 S6 a1 a2');
  compute('A', 'S1 S2 S3 S4 S5 S6 a1 a2');
  record('A computes its prompt');
  compute('A', 'S1 S2 S3 S4 S5 S6 a1 a2 a3');
  record('A computes one more token');
  start('B', 'S1 S2 S3 S4 S5 S6 b1 b2 b3');
  record('B starts with the same system prompt');
  compute('B', 'S1 S2 S3 S4 S5 S6 b1 b2 b3');
  record('B computes the rest of its prompt');
  running.set('C', cache.fork(running.get('A')!)!);
  record('C is a fork of A');
  compute('A', 'S1 S2 S3 S4 S5 S6 a1 a2 a3 a4');
  record('A writes to a shared block');
  compute('C', 'S1 S2 S3 S4 S5 S6 a1 a2 a3 c4');
  record('C writes to block 2');
  release('A');
  release('C');
  record('A and C are released');
  start('D', 'd1 d2 d3 d4 d5 d6 d7 d8 d9 d10 d11 d12');
  compute('D', 'd1 d2 d3 d4 d5 d6 d7 d8 d9 d10 d11 d12');
  record('D needs three blocks');
  return statesByHeading;
}

function stateOf(cache: PagedCache, running: ReadonlyMap<string, PagedSequence>, copies: Int32Array): string {
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
    ['owners', ...ids.map((id) => String(pool.ownerCount(id)))],
    ['parent', ...ids.map((id) => parentLabel(cache, id))],
    ['count', ...ids.map((id) => String(group!.tokenCount(id)))],
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

// Returns the number of the parent node's block, or `root`.
function parentLabel({ tree, groupBlocks }: PagedCache, id: BlockId): string {
  const [group] = groupBlocks;
  const node = group!.nodeOf(id);
  if (node === undefined) return '-';
  const parent = group!.blockOf(tree.parentOf(node)!);
  return parent === undefined ? 'root' : String(parent);
}
