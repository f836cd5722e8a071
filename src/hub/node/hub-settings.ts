// Reads the settings of the hub from the environment variables of Hugging Face's own tools: endpoint, token, cache
// folder, offline mode.

import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { QuireError } from '../../base/errors.ts';
import { trimEndOf } from '../../base/trim-end.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface HubSettings {
  /** without a slash at the end */
  readonly endpoint: string;
  /** sent to the endpoint only */
  readonly token: string | undefined;
  /** the folder that contains all repositories */
  readonly cacheFolder: string;
  readonly offline: boolean;
  /** whether snapshots contain copies instead of links */
  readonly copies: boolean;
  /** time without data after which a request is aborted; undefined if not set */
  readonly stallMs: number | undefined;
}

const DEFAULT_ENDPOINT = 'https://huggingface.co';

/** Reads the settings. Rejects with `bad_option` for an invalid variable, `file_unreadable` for the token file. */
export async function hubSettings(environment: Environment): Promise<HubSettings> {
  return {
    endpoint: endpointOf(environment.HF_ENDPOINT || DEFAULT_ENDPOINT),
    token: await tokenOf(environment),
    cacheFolder: cacheFolder(environment),
    offline: isTrue(environment.HF_HUB_OFFLINE),
    copies: isTrue(environment.HF_HUB_DISABLE_SYMLINKS),
    stallMs: parseTimeoutMs('HF_HUB_DOWNLOAD_TIMEOUT', environment.HF_HUB_DOWNLOAD_TIMEOUT),
  };
}

const isTrue = (value: string | undefined): boolean => /^(1|on|yes|true)$/i.test(value ?? '');

function homeOf(environment: Environment): string {
  const cache = environment.XDG_CACHE_HOME || join(homedir(), '.cache');
  return expandHome(environment.HF_HOME || join(cache, 'huggingface'));
}

function cacheFolder(environment: Environment): string {
  const explicitFolder = environment.HF_HUB_CACHE || environment.HUGGINGFACE_HUB_CACHE;
  return resolve(explicitFolder ? expandHome(explicitFolder) : join(homeOf(environment), 'hub'));
}

const expandHome = (path: string): string => path.replace(/^~(?=[\\/]|$)/, () => homedir());

function endpointOf(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isUsable =
    url !== undefined && /^https?:$/.test(url.protocol) && url.search === '' && url.hash === '';
  if (isUsable && url.username === '' && url.password === '') return trimEndOf(url.href, '/');
  throw new QuireError(
    'bad_option',
    'HF_ENDPOINT is not a valid URL of a hub',
    `set it to a URL such as ${DEFAULT_ENDPOINT}, without user and query`,
  );
}

async function tokenOf(environment: Environment): Promise<string | undefined> {
  const tokenVariable = environment.HF_TOKEN || environment.HUGGING_FACE_HUB_TOKEN;
  const path = environment.HF_TOKEN_PATH || join(homeOf(environment), 'token');
  const token = (tokenVariable || (await readToken(expandHome(path))))?.trim();
  if (token === undefined || token === '') return undefined;
  if (/^[\x21-\x7e]+$/.test(token)) return token;
  // The message must not contain the token.
  const hint = 'copy the token again, without spaces or line breaks';
  throw new QuireError('bad_option', 'the token for the hub contains invalid characters', hint);
}

async function readToken(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown error';
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    const message = `the token file ${path} cannot be read (${code})`;
    throw new QuireError('file_unreadable', message, 'check its permissions, or set HF_TOKEN', { cause });
  }
}

function parseTimeoutMs(name: string, text: string | undefined): number | undefined {
  if (text === undefined || text === '') return undefined;
  const value = Number(text);
  if (Number.isFinite(value) && value > 0) return value * 1000;
  throw new QuireError(
    'bad_option',
    `${name} must be a number of seconds above 0, got ${JSON.stringify(text)}`,
    'change it or unset it',
  );
}
