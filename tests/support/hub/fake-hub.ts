// A local model hub for tests of downloads. It serves revisions, trees and files like Hugging Face, records the
// requests, and simulates faults. Tests never use the real network.

import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface RecordedRequest {
  readonly method: string;
  /** without the query */
  readonly path: string;
  readonly query: string;
  readonly authorization: string | undefined;
  readonly range: string | undefined;
}

export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** the requested file; empty for other requests */
  readonly bytes: Uint8Array;
  /** first byte of the requested range; 0 without a range */
  readonly from: number;
}

/** Handles a request in place of the hub. */
export type Fault = (exchange: Exchange) => unknown;

interface Repository {
  readonly commit: string;
  readonly files: ReadonlyMap<string, Uint8Array>;
}

interface FoundFile {
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly commit: string;
}

const isRevision = ({ commit }: Repository, revision: string | undefined): boolean =>
  revision === 'main' || revision === commit;

const isLarge = (path: string): boolean => /\.(gguf|safetensors)$/.test(path);

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

export const gitSha1 = (bytes: Uint8Array): string =>
  createHash('sha1').update(`blob ${bytes.byteLength}\0`).update(bytes).digest('hex');

/** Returns the name of a file's blob in the cache. */
export const blobName = (path: string, bytes: Uint8Array): string =>
  isLarge(path) ? sha256(bytes) : gitSha1(bytes);

export class FakeHub {
  readonly url: string;
  readonly requests: RecordedRequest[] = [];
  /** entries per page of a tree */
  treePageSize = 1000;
  /** changes the entries of a tree; false for a hub without the tree endpoint */
  trees: boolean | ((entries: object[]) => unknown) = true;
  /** the required access token; none when absent */
  token: string | undefined;
  readonly #server: Server;
  readonly #repositories = new Map<string, Repository>();
  readonly #faults: { readonly match: string; readonly fault: Fault; remaining: number }[] = [];

  private constructor(server: Server) {
    this.#server = server;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on('request', (request, response) => this.#answer(request, response));
  }

  static async start(): Promise<FakeHub> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new FakeHub(server);
  }

  async stop(): Promise<void> {
    if (!this.#server.listening) return;
    const closeEvent = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closeEvent;
  }

  /** Adds or replaces a repository. Returns its commit. */
  add(name: string, files: Readonly<Record<string, string | Uint8Array>>): string {
    const contents = new Map(Object.entries(files).map(([path, file]) => [path, Buffer.from(file)]));
    const blobs = [...contents].map(([path, bytes]) => [path, sha256(bytes)]);
    const commit = gitSha1(Buffer.from(JSON.stringify([name, blobs])));
    this.#repositories.set(name, { commit, files: contents });
    return commit;
  }

  /** Applies each fault to one of the next requests whose path ends with `match`. */
  failNext(match: string, ...faults: readonly Fault[]): void {
    for (const fault of faults) this.#faults.push({ match, fault, remaining: 1 });
  }

  /** Applies the fault to all later requests whose path ends with `match`. */
  failAlways(match: string, fault: Fault): void {
    this.#faults.push({ match, fault, remaining: Number.POSITIVE_INFINITY });
  }

  /** Returns the Range header of each GET request for a file. */
  rangesOf(match: string): (string | undefined)[] {
    return this.requests
      .filter(({ path, method }) => path.endsWith(match) && method === 'GET')
      .map(({ range }) => range);
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? '/', this.url);
    const path = decodeURIComponent(url.pathname);
    const { authorization, range } = request.headers;
    this.requests.push({ method: request.method ?? '', path, query: url.search, authorization, range });
    const file = this.#fileAt(path);
    const from = Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0);
    const exchange = { request, response, bytes: file?.bytes ?? new Uint8Array(), from };
    const activeFault = this.#faults.find(({ match, remaining }) => path.endsWith(match) && remaining > 0);
    if (activeFault !== undefined) {
      activeFault.remaining--;
      activeFault.fault(exchange);
    } else if (this.token !== undefined && authorization !== `Bearer ${this.token}`) {
      sendError(response, 401, 'RepoNotFound');
    } else if (file !== undefined) {
      sendFile(exchange, file);
    } else {
      this.#answerApi(url, path, response);
    }
  }

  #fileAt(path: string): FoundFile | undefined {
    const [, name, revision, file] = /^\/([^/]+\/[^/]+)\/resolve\/([^/]+)\/(.*)$/.exec(path) ?? [];
    const repository = this.#repositories.get(name ?? '');
    if (repository === undefined || !isRevision(repository, revision)) return undefined;
    const bytes = repository.files.get(file ?? '');
    return bytes === undefined ? undefined : { path: file!, bytes, commit: repository.commit };
  }

  #answerApi(url: URL, path: string, response: ServerResponse): void {
    const [, name, kind, revision] =
      /^\/api\/models\/([^/]+\/[^/]+)\/(revision|tree)\/(.*)$/.exec(path) ?? [];
    const repository = this.#repositories.get(name ?? '');
    if (repository === undefined) return sendError(response, 404, 'RepoNotFound');
    const { commit, files } = repository;
    if (!isRevision(repository, revision)) return sendError(response, 404, 'RevisionNotFound');
    if (kind === 'tree') return this.#answerTree(url, repository, response);
    const siblings = [...files.keys()].map((rfilename) => ({ rfilename }));
    sendJson(response, { id: name, sha: commit, siblings });
  }

  #answerTree(url: URL, { files }: Repository, response: ServerResponse): void {
    if (this.trees === false) return sendError(response, 404, 'EntryNotFound');
    const entries = [{ type: 'directory', oid: '0'.repeat(40), size: 0, path: 'sub' }, ...treeEntries(files)];
    const start = Number(url.searchParams.get('cursor') ?? 0);
    const next = start + this.treePageSize;
    if (next < entries.length) {
      // Some mirrors forward the URL of the original hub.
      response.setHeader(
        'link',
        `<https://hub.invalid${url.pathname}?recursive=true&cursor=${next}>; rel="next"`,
      );
    }
    const page = entries.slice(start, next);
    sendJson(response, this.trees === true ? page : this.trees(page));
  }
}

function treeEntries(files: ReadonlyMap<string, Uint8Array>): object[] {
  return [...files].map(([path, bytes]) => {
    const size = bytes.byteLength;
    if (!isLarge(path)) return { type: 'file', oid: gitSha1(bytes), size, path };
    const lfs = { oid: sha256(bytes), size, pointerSize: 134 };
    return { type: 'file', oid: '1'.repeat(40), size, path, lfs };
  });
}

function sendJson(response: ServerResponse, value: unknown): void {
  response.setHeader('content-type', 'application/json').end(JSON.stringify(value));
}

function sendError(response: ServerResponse, status: number, code: string): void {
  response.writeHead(status, { 'x-error-code': code }).end('refused');
}

function sendFile(exchange: Exchange, { path, commit }: FoundFile): void {
  const { response, bytes } = exchange;
  response.setHeader('x-repo-commit', commit);
  const name = blobName(path, bytes);
  if (isLarge(path)) {
    response.setHeader('x-linked-etag', `"${name}"`).setHeader('x-linked-size', bytes.byteLength);
    response.setHeader('etag', '"of-the-storage"');
  } else {
    response.setHeader('etag', `"${name}"`);
  }
  sendFrom(exchange);
}

/** Sends the requested range of the file. */
export function sendFrom(exchange: Exchange, bytes = exchange.bytes): void {
  if (sendHead(exchange, bytes)) exchange.response.end(bytes.subarray(exchange.from));
}

/** Sends the status and the headers for the requested range. Returns false if the response is complete (416). */
export function sendHead({ response, request, from }: Exchange, bytes: Uint8Array): boolean {
  const size = bytes.byteLength;
  if (request.headers.range !== undefined && from >= size) {
    response.writeHead(416, { 'content-range': `bytes */${size}` }).end();
    return false;
  }
  const hasRange = request.headers.range !== undefined;
  if (hasRange) response.setHeader('content-range', `bytes ${from}-${size - 1}/${size}`);
  response.writeHead(hasRange ? 206 : 200, { 'content-length': size - from });
  return true;
}
