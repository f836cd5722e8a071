// Reads a repository: the commit of a revision, its files, and the URL of each file. All requests after the first refer to the
// commit, so that a repository that changes meanwhile is still read consistently.

import { badAnswer } from '../bad-answer.ts';
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
  readonly address: string;
}

const MAX_PAGES = 200; // of a thousand files each
const NO_TREES = [404, 405, 501];

/** Requests the commit and the list of files. Rejects like `HubClient.open`. */
export async function openRepository(client: HubClient, wanted: HubReference): Promise<Repository> {
  const revision = encodeURIComponent(wanted.revision);
  const answer = await json(client, `/api/models/${wanted.repo}/revision/${revision}`);
  const commit = readCommit(answer.value);
  if (isCommit(wanted.revision) && commit !== wanted.revision) {
    throw badAnswer(`the hub responded with commit ${commit} for commit ${wanted.revision}`);
  }
  const files = (await listTree(client, wanted.repo, commit)) ?? readSiblings(answer.value);
  return { name: wanted.repo, commit, files };
}

// Returns undefined for a mirror without the tree endpoint.
async function listTree(client: HubClient, repo: string, commit: string): Promise<ListedFile[] | undefined> {
  const address = `/api/models/${repo}/tree/${commit}?recursive=true`;
  const files: ListedFile[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < MAX_PAGES; page++) {
    const more = cursor === undefined ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const answer = await json(client, address + more, page === 0 ? NO_TREES : []);
    if (answer.value === undefined) return undefined;
    for (const file of readTree(answer.value)) files.push(file);
    cursor = nextCursor(answer.link);
    if (cursor === undefined) return files;
  }
  throw badAnswer(`the list of files of ${repo} has more than ${MAX_PAGES} pages`);
}

/** Returns parsed JSON, or an undefined value for one of the accepted statuses. */
async function json(
  client: HubClient,
  address: string,
  accept: readonly number[] = [],
): Promise<{ readonly value: unknown; readonly link: string | undefined }> {
  return withRetries(new Retries(client.timing, client.signal), async () => {
    const response = await client.open(address, { accept });
    if (accept.includes(response.status)) {
      await response.discard();
      return { value: undefined, link: undefined };
    }
    const text = await client.text(response);
    return { value: parse(text, address), link: response.headers.get('link') ?? undefined };
  });
}

function parse(text: string, address: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw badAnswer(`the hub's response to ${address} is not JSON`, error);
  }
}

/** Completes a listed file with everything that a download needs. A missing size or checksum is requested from the hub. */
export async function describeFile(
  client: HubClient,
  repository: Repository,
  listed: ListedFile,
): Promise<RepositoryFile> {
  const path = requireSafePath(listed.path, repository.name);
  const escaped = path.split('/').map(encodeURIComponent).join('/');
  const address = `/${repository.name}/resolve/${repository.commit}/${escaped}`;
  const { size, checksum } = listed;
  if (size !== undefined && checksum !== undefined) return { path, size, checksum, address };
  return { path, address, ...(await requestHeaders(client, address)) };
}

async function requestHeaders(
  client: HubClient,
  address: string,
): Promise<Pick<RepositoryFile, 'size' | 'checksum'>> {
  return withRetries(new Retries(client.timing, client.signal), async () => {
    const { headers, discard } = await client.open(address, { method: 'HEAD' });
    await discard();
    const size = Number(headers.get('x-linked-size') ?? headers.get('content-length') ?? 'unknown');
    const checksum = readChecksum(headers.get('x-linked-etag') ?? headers.get('etag') ?? '');
    if (checksum !== undefined && Number.isSafeInteger(size) && size >= 0) return { size, checksum };
    throw badAnswer(`the hub has no size or no checksum for ${address}`);
  });
}
