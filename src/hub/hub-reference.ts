// Parses references to models on a hub: `hf:owner/repo`, `hf:owner/repo:file`, `hf:owner/repo@revision:file`. Parts of
// a reference become parts of URLs and paths, so they are checked here.

import { QuireError } from '../base/errors.ts';
import { isSafePath } from '../base/safe-path.ts';

export interface HubReference {
  /** `owner/repo` */
  readonly repo: string;
  /** a branch, a tag or a commit */
  readonly revision: string;
  /** a path in the repository, or a quantization such as `Q4_K_M` */
  readonly file: string | undefined;
}

const PREFIX = 'hf:';
const PATTERN = /^([^/@:]+\/[^/@:]+)(?:@([^:]*))?(?::(.*))?$/s;
// Hubs allow neither `..` nor `--` in names, and `--` separates the parts of a cache folder's name.
const REPO = /^(?!.*(?:--|\.\.))[A-Za-z0-9_][\w.-]*\/[A-Za-z0-9_][\w.-]*$/;
const MAX_LENGTH = 200;

export const isHubReference = (reference: string): boolean => reference.startsWith(PREFIX);

/** Parses a reference; the revision is `main` by default. Throws `bad_option`. */
export function parseHubReference(reference: string): HubReference {
  const [, repo, revision, file] = PATTERN.exec(reference.slice(PREFIX.length)) ?? [];
  if (!isHubReference(reference) || repo === undefined || !REPO.test(repo) || repo.length > MAX_LENGTH) {
    throw badReference(reference, 'is not a reference to a model on a hub');
  }
  if (revision !== undefined && !isSafePath(revision))
    throw badReference(reference, 'has an invalid revision');
  if (file !== undefined && !isSafePath(file)) throw badReference(reference, 'has an invalid file name');
  return { repo, revision: revision ?? 'main', file };
}

export function formatHubReference({ repo, revision, file }: HubReference): string {
  const revisionPart = revision === 'main' ? '' : `@${revision}`;
  return `${PREFIX}${repo}${revisionPart}${file === undefined ? '' : `:${file}`}`;
}

function badReference(reference: string, fault: string): QuireError {
  const hint = 'use hf:owner/repo, hf:owner/repo:FILE or hf:owner/repo@REVISION:FILE';
  return new QuireError('bad_option', `${JSON.stringify(reference.slice(0, 300))} ${fault}`, hint);
}
