// The answers of a hub's API as typed values. They come over a network, so nothing in them is believed before
// its type is checked. The same two questions are asked as the official clients ask, so what serves those as a
// mirror serves Quire.

import { badAnswer } from './bad-answer.ts';
import { type Checksum, readChecksum } from './checksum.ts';

export interface ListedFile {
  readonly path: string;
  /** bytes; absent where the hub does not say */
  readonly size: number | undefined;
  readonly checksum: Checksum | undefined;
}

export const isCommit = (text: string): boolean => /^[0-9a-f]{40}$/.test(text);

type Fields = Readonly<Record<string, unknown>>;

/** The commit in an answer about a revision. Throws `bad_hub_answer`. */
export function readCommit(answer: unknown): string {
  const commit = fields(answer).sha;
  if (typeof commit === 'string' && isCommit(commit)) return commit;
  throw badAnswer('an answer about a revision names no commit');
}

/** The files in one page of a tree; folders are left out. Throws `bad_hub_answer`. */
export function readTree(answer: unknown): ListedFile[] {
  if (!Array.isArray(answer)) throw badAnswer('a listing of files is not a list');
  return answer
    .map(fields)
    .filter(({ type }) => type === 'file')
    .map((entry) => {
      // Of a large file the entry's own id is that of the pointer which Git holds.
      const { size, oid } = entry.lfs ? fields(entry.lfs) : entry;
      return listed(entry.path, size, oid);
    });
}

/** The names in an answer about a revision, for mirrors that have no trees. Throws `bad_hub_answer`. */
export function readSiblings(answer: unknown): ListedFile[] {
  const { siblings } = fields(answer);
  if (!Array.isArray(siblings)) throw badAnswer('an answer about a revision lists no files');
  return siblings.map(fields).map((entry) => listed(entry.rfilename, undefined, undefined));
}

function listed(path: unknown, size: unknown, id: unknown): ListedFile {
  if (typeof path !== 'string') throw badAnswer('a listed file has no name');
  return {
    path,
    size: typeof size === 'number' && Number.isSafeInteger(size) && size >= 0 ? size : undefined,
    checksum: typeof id === 'string' ? readChecksum(id) : undefined,
  };
}

/** The cursor of the next page in a header `Link`; undefined on the last page. */
export function nextCursor(link: string | undefined): string | undefined {
  const [, address] = /<([^<>]*)>\s*;[^,<]*\brel="?next"?/.exec(link ?? '') ?? [];
  if (address === undefined) return undefined;
  // Only the cursor is taken: a mirror may pass on an address of the hub that it mirrors.
  const cursor = new URLSearchParams(address.split('?')[1]).get('cursor');
  if (cursor === null) throw badAnswer('a listing goes on without a cursor');
  return cursor;
}

const fields = (value: unknown): Fields =>
  typeof value === 'object' && value !== null ? (value as Fields) : {};
