// Parses the responses of a hub's API. They are untrusted, so the type of every value is checked. Quire uses the same two
// endpoints as the official clients, so that it works with every mirror that works with those.

import { badAnswer } from './bad-answer.ts';
import { type Checksum, readChecksum } from './checksum.ts';

export interface ListedFile {
  readonly path: string;
  /** bytes; undefined if the hub does not report it */
  readonly size: number | undefined;
  readonly checksum: Checksum | undefined;
}

export const isCommit = (text: string): boolean => /^[0-9a-f]{40}$/.test(text);

type Fields = Readonly<Record<string, unknown>>;

/** Returns the commit of a revision. Throws `bad_hub_answer`. */
export function readCommit(answer: unknown): string {
  const commit = fields(answer).sha;
  if (typeof commit === 'string' && isCommit(commit)) return commit;
  throw badAnswer('the response for a revision has no commit');
}

/** Returns the files of one page of a tree, without folders. Throws `bad_hub_answer`. */
export function readTree(answer: unknown): ListedFile[] {
  if (!Array.isArray(answer)) throw badAnswer('the list of files is not a list');
  return answer
    .map(fields)
    .filter(({ type }) => type === 'file')
    .map((entry) => {
      // The `oid` of the entry of a large file is that of its Git pointer.
      const { size, oid } = entry.lfs ? fields(entry.lfs) : entry;
      return listed(entry.path, size, oid);
    });
}

/** Returns the file names of a revision, for mirrors without the tree endpoint. Throws `bad_hub_answer`. */
export function readSiblings(answer: unknown): ListedFile[] {
  const { siblings } = fields(answer);
  if (!Array.isArray(siblings)) throw badAnswer('the response for a revision has no list of files');
  return siblings.map(fields).map((entry) => listed(entry.rfilename, undefined, undefined));
}

function listed(path: unknown, size: unknown, id: unknown): ListedFile {
  if (typeof path !== 'string') throw badAnswer('a file in the list has no name');
  return {
    path,
    size: typeof size === 'number' && Number.isSafeInteger(size) && size >= 0 ? size : undefined,
    checksum: typeof id === 'string' ? readChecksum(id) : undefined,
  };
}

/** Returns the cursor of the next page from the header `Link`; undefined on the last page. */
export function nextCursor(link: string | undefined): string | undefined {
  const [, address] = /<([^<>]*)>\s*;[^,<]*\brel="?next"?/.exec(link ?? '') ?? [];
  if (address === undefined) return undefined;
  // Only the cursor is used: a mirror may forward URLs of the original hub.
  const cursor = new URLSearchParams(address.split('?')[1]).get('cursor');
  if (cursor === null) throw badAnswer('the link to the next page of files has no cursor');
  return cursor;
}

const fields = (value: unknown): Fields =>
  typeof value === 'object' && value !== null ? (value as Fields) : {};
