// Parses the responses of a hub's API. They are untrusted, so the type of every value is checked. Quire uses the same
// two endpoints as the official clients, so that it works with the same mirrors.

import { badHubResponse } from './bad-hub-response.ts';
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
export function readCommit(response: unknown): string {
  const commit = fieldsOf(response).sha;
  if (typeof commit === 'string' && isCommit(commit)) return commit;
  throw badHubResponse('the response for a revision has no commit');
}

/** Returns the files of one page of a tree, without folders. Throws `bad_hub_answer`. */
export function readTree(response: unknown): ListedFile[] {
  if (!Array.isArray(response)) throw badHubResponse('the list of files is not a list');
  return response
    .map(fieldsOf)
    .filter(({ type }) => type === 'file')
    .map((entry) => {
      // The entry of a large file has its own `oid`, which is the id of the Git LFS pointer.
      const { size, oid } = entry.lfs ? fieldsOf(entry.lfs) : entry;
      return listedFile(entry.path, size, oid);
    });
}

/** Returns the file names of a revision, for mirrors without the tree endpoint. Throws `bad_hub_answer`. */
export function readSiblings(response: unknown): ListedFile[] {
  const { siblings } = fieldsOf(response);
  if (!Array.isArray(siblings)) throw badHubResponse('the response for a revision has no list of files');
  return siblings.map(fieldsOf).map((entry) => listedFile(entry.rfilename, undefined, undefined));
}

function listedFile(path: unknown, size: unknown, id: unknown): ListedFile {
  if (typeof path !== 'string') throw badHubResponse('a file in the list has no name');
  return {
    path,
    size: typeof size === 'number' && Number.isSafeInteger(size) && size >= 0 ? size : undefined,
    checksum: typeof id === 'string' ? readChecksum(id) : undefined,
  };
}

/** Returns the cursor of the next page from the header `Link`; undefined on the last page. */
export function nextCursor(link: string | undefined): string | undefined {
  const [, url] = /<([^<>]*)>\s*;[^,<]*\brel="?next"?/.exec(link ?? '') ?? [];
  if (url === undefined) return undefined;
  // Only the cursor is used, because a mirror may forward the URL of the original hub.
  const cursor = new URLSearchParams(url.split('?')[1]).get('cursor');
  if (cursor === null) throw badHubResponse('the link to the next page of files has no cursor');
  return cursor;
}

const fieldsOf = (value: unknown): Fields =>
  typeof value === 'object' && value !== null ? (value as Fields) : {};
