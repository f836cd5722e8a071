// Reads a repository: the commit of a revision, its files, and the URL of each file. All requests after the first
// contain the commit, so that the result is consistent even if the repository changes meanwhile.

import { badHubResponse } from '../bad-hub-response.ts';
import { type Checksum, readChecksum } from '../checksum.ts';
import type { HubReference } from '../hub-reference.ts';
import { isCommit, type ListedFile, nextCursor, readCommit, readSiblings, readTree } from '../listing.ts';
import { requireSafePath } from '../require-safe-path.ts';
import type { HubClient } from './hub-client.ts';
import { Retries, withRetries } from './transient-failure.ts';

export interface Repository {
  readonly name: string;
  /** 40 hexadecimal digits */
  readonly commit: string;
  readonly files: readonly ListedFile[];
}

export interface RepositoryFile {
  readonly path: string;
  /** bytes */
  readonly size: number;
  readonly checksum: Checksum;
  /** URL path below the endpoint */
  readonly urlPath: string;
}

const MAX_PAGES = 200; // of a thousand files each
const NO_TREE_STATUSES = [404, 405, 501];

/** Requests the commit and the list of files. Rejects like `HubClient.open`. */
export async function openRepository(client: HubClient, reference: HubReference): Promise<Repository> {
  const revision = encodeURIComponent(reference.revision);
  const response = await requestJson(client, `/api/models/${reference.repo}/revision/${revision}`);
  const commit = readCommit(response.value);
  if (isCommit(reference.revision) && commit !== reference.revision) {
    throw badHubResponse(`the hub responded with commit ${commit} for commit ${reference.revision}`);
  }
  const files = (await listTree(client, reference.repo, commit)) ?? readSiblings(response.value);
  return { name: reference.repo, commit, files };
}

// Returns undefined for a mirror without the tree endpoint.
async function listTree(client: HubClient, repo: string, commit: string): Promise<ListedFile[] | undefined> {
  const urlPath = `/api/models/${repo}/tree/${commit}?recursive=true`;
  const files: ListedFile[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < MAX_PAGES; page++) {
    const cursorParameter = cursor === undefined ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const response = await requestJson(client, urlPath + cursorParameter, page === 0 ? NO_TREE_STATUSES : []);
    if (response.value === undefined) return undefined;
    for (const file of readTree(response.value)) files.push(file);
    cursor = nextCursor(response.link);
    if (cursor === undefined) return files;
  }
  throw badHubResponse(`the list of files of ${repo} has more than ${MAX_PAGES} pages`);
}

/** Returns the parsed JSON, or an undefined `value` if the status is one of `accept`. */
async function requestJson(
  client: HubClient,
  urlPath: string,
  accept: readonly number[] = [],
): Promise<{ readonly value: unknown; readonly link: string | undefined }> {
  return withRetries(new Retries(client.timing, client.signal), async () => {
    const response = await client.open(urlPath, { accept });
    if (accept.includes(response.status)) {
      await response.discard();
      return { value: undefined, link: undefined };
    }
    const text = await client.text(response);
    return { value: parseJson(text, urlPath), link: response.headers.get('link') ?? undefined };
  });
}

function parseJson(text: string, urlPath: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw badHubResponse(`the hub's response to ${urlPath} is not JSON`, error);
  }
}

/** Returns what a download of a listed file needs. Requests a missing size or checksum from the hub. */
export async function describeFile(
  client: HubClient,
  repository: Repository,
  listedFile: ListedFile,
): Promise<RepositoryFile> {
  const path = requireSafePath(listedFile.path, repository.name);
  const escaped = path.split('/').map(encodeURIComponent).join('/');
  const urlPath = `/${repository.name}/resolve/${repository.commit}/${escaped}`;
  const { size, checksum } = listedFile;
  if (size !== undefined && checksum !== undefined) return { path, size, checksum, urlPath };
  return { path, urlPath, ...(await requestSizeAndChecksum(client, urlPath)) };
}

async function requestSizeAndChecksum(
  client: HubClient,
  urlPath: string,
): Promise<Pick<RepositoryFile, 'size' | 'checksum'>> {
  return withRetries(new Retries(client.timing, client.signal), async () => {
    const { headers, discard } = await client.open(urlPath, { method: 'HEAD' });
    await discard();
    const size = Number(headers.get('x-linked-size') ?? headers.get('content-length') ?? 'unknown');
    const checksum = readChecksum(headers.get('x-linked-etag') ?? headers.get('etag') ?? '');
    if (checksum !== undefined && Number.isSafeInteger(size) && size >= 0) return { size, checksum };
    throw badHubResponse(`the hub has no size or no checksum for ${urlPath}`);
  });
}
