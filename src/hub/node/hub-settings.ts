// What the environment says about the hub, in the variables that Hugging Face's own tools read: where it is,
// who asks, where the cache lies, and whether the network may be used at all.

import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { QuireError } from '../../base/errors.ts';
import { trimEndOf } from '../../base/trim-end.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface HubSettings {
  /** no slash at the end */
  readonly endpoint: string;
  /** sent to the endpoint and to nobody else */
  readonly token: string | undefined;
  /** the folder of all repositories */
  readonly cacheFolder: string;
  readonly offline: boolean;
  /** copy into snapshots instead of linking */
  readonly copies: boolean;
  /** a server that sends nothing for so long is given up; absent where nothing is set */
  readonly stallMs: number | undefined;
}

const HUB = 'https://huggingface.co';

/** Rejects with `bad_option` for a variable that means nothing, `file_unreadable` for the token's file. */
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
    'HF_ENDPOINT is not the address of a hub',
    `set it to an address such as ${HUB}, without a user or a query`,
  );
}

async function tokenOf(environment: Environment): Promise<string | undefined> {
  const given = environment.HF_TOKEN || environment.HUGGING_FACE_HUB_TOKEN;
  const path = environment.HF_TOKEN_PATH || join(homeOf(environment), 'token');
  const token = (given || (await readToken(expanded(path))))?.trim();
  if (token === undefined || token === '') return undefined;
  if (/^[\x21-\x7e]+$/.test(token)) return token;
  // The token itself stays out of the message.
  const hint = 'copy the token again, without spaces or line breaks inside';
  throw new QuireError('bad_option', 'the token for the hub holds characters that no token has', hint);
}

async function readToken(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown error';
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    const what = `the token in ${path} cannot be read (${code})`;
    throw new QuireError('file_unreadable', what, 'check its permissions, or set HF_TOKEN', { cause });
  }
}

function seconds(name: string, text: string | undefined): number | undefined {
  if (text === undefined || text === '') return undefined;
  const value = Number(text);
  if (Number.isFinite(value) && value > 0) return value * 1000;
  throw new QuireError('bad_option', `${name} is ${JSON.stringify(text)}`, 'it takes seconds, above 0');
}
