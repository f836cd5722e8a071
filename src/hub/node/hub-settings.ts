// Reads the settings of the hub from the environment variables of Hugging Face's own tools: endpoint, token, cache folder,
// offline mode.

import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { QuireError } from '../../base/errors.ts';
import { trimEndOf } from '../../base/trim-end.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface HubSettings {
  /** no slash at the end */
  readonly endpoint: string;
  /** sent to the endpoint only */
  readonly token: string | undefined;
  /** folder of all repositories */
  readonly cacheFolder: string;
  readonly offline: boolean;
  /** snapshots contain copies instead of links */
  readonly copies: boolean;
  /** timeout of a server that sends nothing; undefined if not set */
  readonly stallMs: number | undefined;
}

const HUB = 'https://huggingface.co';

/** Rejects with `bad_option` for an invalid variable, `file_unreadable` for the token file. */
export async function hubSettings(environment: Environment): Promise<HubSettings> {
  return {
    endpoint: endpointOf(environment.HF_ENDPOINT || HUB),
    token: await tokenOf(environment),
    cacheFolder: cacheFolder(environment),
    offline: isTrue(environment.HF_HUB_OFFLINE),
    copies: isTrue(environment.HF_HUB_DISABLE_SYMLINKS),
    stallMs: seconds('HF_HUB_DOWNLOAD_TIMEOUT', environment.HF_HUB_DOWNLOAD_TIMEOUT),
  };
}

const isTrue = (value: string | undefined): boolean => /^(1|on|yes|true)$/i.test(value ?? '');

function homeOf(environment: Environment): string {
  const cache = environment.XDG_CACHE_HOME || join(homedir(), '.cache');
  return expanded(environment.HF_HOME || join(cache, 'huggingface'));
}

function cacheFolder(environment: Environment): string {
  const named = environment.HF_HUB_CACHE || environment.HUGGINGFACE_HUB_CACHE;
  return resolve(named ? expanded(named) : join(homeOf(environment), 'hub'));
}

const expanded = (path: string): string => path.replace(/^~(?=[\\/]|$)/, () => homedir());

function endpointOf(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const usable = url !== undefined && /^https?:$/.test(url.protocol) && url.search === '' && url.hash === '';
  if (usable && url.username === '' && url.password === '') return trimEndOf(url.href, '/');
  throw new QuireError(
    'bad_option',
    'HF_ENDPOINT is not a valid URL of a hub',
    `set it to a URL such as ${HUB}, without user and query`,
  );
}

async function tokenOf(environment: Environment): Promise<string | undefined> {
  const given = environment.HF_TOKEN || environment.HUGGING_FACE_HUB_TOKEN;
  const path = environment.HF_TOKEN_PATH || join(homeOf(environment), 'token');
  const token = (given || (await readToken(expanded(path))))?.trim();
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
    const what = `the token file ${path} cannot be read (${code})`;
    throw new QuireError('file_unreadable', what, 'check its permissions, or set HF_TOKEN', { cause });
  }
}

function seconds(name: string, text: string | undefined): number | undefined {
  if (text === undefined || text === '') return undefined;
  const value = Number(text);
  if (Number.isFinite(value) && value > 0) return value * 1000;
  throw new QuireError(
    'bad_option',
    `${name} must be a number of seconds above 0, got ${JSON.stringify(text)}`,
    'change it or unset it',
  );
}
