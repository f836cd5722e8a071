// What a repository holds: the commit that a revision means, its files, and where the bytes of each are. Every
// address after the first names the commit, so that a repository which changes meanwhile is still read as one.

import { badAnswer } from '../bad-answer.ts';
import { type Checksum, readChecksum } from '../checksum.ts';
import type { HubReference } from '../hub-reference.ts';
import { isCommit, type ListedFile, nextCursor, readCommit, readSiblings, readTree } from '../listing.ts';
import { safePath } from '../safe-path.ts';
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
  /** below the endpoint */
  readonly address: string;
}

const MAX_PAGES = 200; // of a thousand files each
const NO_TREES = [404, 405, 501];

/** Asks the hub. Throws what a request throws, and `bad_hub_answer`. */
export async function openRepository(client: HubClient, wanted: HubReference): Promise<Repository> {
  const revision = encodeURIComponent(wanted.revision);
  const answer = await json(client, `/api/models/${wanted.repo}/revision/${revision}`);
  const commit = readCommit(answer.value);
  if (isCommit(wanted.revision) && commit !== wanted.revision) {
    throw badAnswer(`asked for commit ${wanted.revision}, the hub answers with ${commit}`);
  }
  const files = (await listTree(client, wanted.repo, commit)) ?? readSiblings(answer.value);
  return { name: wanted.repo, commit, files };
}

// Undefined where the hub has no trees, as some mirrors.
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
  throw badAnswer(`the listing of ${repo} does not end`);
}

/** Parsed JSON, or an undefined value for a status that is accepted. */
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
    throw badAnswer(`the hub's answer to ${address} is not JSON`, error);
  }
}

/** A listed file with all that a download needs; what the listing did not say is asked for. */
export async function describeFile(
  client: HubClient,
  repository: Repository,
  listed: ListedFile,
): Promise<RepositoryFile> {
  const path = safePath(listed.path, repository.name);
  const escaped = path.split('/').map(encodeURIComponent).join('/');
  const address = `/${repository.name}/resolve/${repository.commit}/${escaped}`;
  const { size, checksum } = listed;
  if (size !== undefined && checksum !== undefined) return { path, size, checksum, address };
  return { path, address, ...(await askForFile(client, address)) };
}

async function askForFile(
  client: HubClient,
  address: string,
): Promise<Pick<RepositoryFile, 'size' | 'checksum'>> {
  return withRetries(new Retries(client.timing, client.signal), async () => {
    const { headers, discard } = await client.open(address, { method: 'HEAD' });
    await discard();
    const size = Number(headers.get('x-linked-size') ?? headers.get('content-length') ?? 'unknown');
    const checksum = readChecksum(headers.get('x-linked-etag') ?? headers.get('etag') ?? '');
    if (checksum !== undefined && Number.isSafeInteger(size) && size >= 0) return { size, checksum };
    throw badAnswer(`the hub gives no size or no checksum for ${address}`);
  });
}
