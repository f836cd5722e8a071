import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Environment, hubSettings } from './hub-settings.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'quire-settings-'));
});
afterEach(() => rm(folder, { recursive: true }));

// HF_HOME is set so that the tests do not read the token of the user.
const settings = (environment: Environment = {}) => hubSettings({ HF_HOME: folder, ...environment });

const badOption = (message: RegExp) => ({ code: 'bad_option', message: expect.stringMatching(message) });

test('hubSettings returns the defaults for an empty environment', async () => {
  expect(await settings()).toEqual({
    endpoint: 'https://huggingface.co',
    token: undefined,
    cacheFolder: join(folder, 'hub'),
    offline: false,
    copies: false,
    stallMs: undefined,
  });
});

describe('the cache folder is that of the Python library', () => {
  const home = join(homedir(), '.cache', 'huggingface', 'hub');
  test.each<[Environment, string]>([
    [{ HF_HOME: '' }, home],
    [{ HF_HOME: '', XDG_CACHE_HOME: '/x' }, resolve('/x/huggingface/hub')],
    [{ HF_HOME: '/h', XDG_CACHE_HOME: '/x' }, resolve('/h/hub')],
    [{ HF_HOME: '~/h' }, join(homedir(), 'h', 'hub')],
    [{ HF_HOME: '/h', HUGGINGFACE_HUB_CACHE: '/old' }, resolve('/old')],
    [{ HF_HOME: '/h', HUGGINGFACE_HUB_CACHE: '/old', HF_HUB_CACHE: '/c' }, resolve('/c')],
    [{ HF_HUB_CACHE: 'c' }, resolve('c')],
  ])('%j', async (environment, expected) => {
    const { HF_TOKEN_PATH = join(folder, 'token') } = environment;
    expect((await settings({ ...environment, HF_TOKEN_PATH })).cacheFolder).toBe(expected);
  });
});

describe('the token', () => {
  test('in the environment takes precedence over the token in the file', async () => {
    await writeFile(join(folder, 'token'), 'hf_file\n');
    expect((await settings()).token).toBe('hf_file');
    expect((await settings({ HF_TOKEN: ' hf_given\n' })).token).toBe('hf_given');
    await writeFile(join(folder, 'other'), 'hf_other');
    expect((await settings({ HF_TOKEN_PATH: join(folder, 'other') })).token).toBe('hf_other');
  });

  test('with invalid characters is rejected and not shown', async () => {
    const failing = settings({ HF_TOKEN: 'hf_a\nx-evil: secret' });
    await expect(failing).rejects.toMatchObject(badOption(/^(?!.*(hf_a|secret)).*invalid characters/));
  });

  test('in a file that cannot be read causes an error', async () => {
    const failing = settings({ HF_TOKEN_PATH: folder });
    await expect(failing).rejects.toMatchObject({ code: 'file_unreadable' });
  });
});

test('HF_ENDPOINT may be the URL of a mirror', async () => {
  const { endpoint } = await settings({ HF_ENDPOINT: 'http://127.0.0.1:8080/mirror/' });
  expect(endpoint).toBe('http://127.0.0.1:8080/mirror');
});

test.each(['mirror.example', 'ftp://x', 'file:///x', 'https://u:p@x', 'https://x/?a=b', 'https://x/#a'])(
  'the endpoint %s is rejected, and the error does not contain its password',
  async (HF_ENDPOINT) => {
    await expect(settings({ HF_ENDPOINT })).rejects.toMatchObject(badOption(/^HF_ENDPOINT(?!.*u:p)/));
  },
);

test.each(['1', 'true', 'YES', 'On'])('HF_HUB_OFFLINE=%s forbids the network', async (HF_HUB_OFFLINE) => {
  expect((await settings({ HF_HUB_OFFLINE })).offline).toBe(true);
});

test.each(['', '0', 'false'])('HF_HUB_OFFLINE=%j does not forbid the network', async (HF_HUB_OFFLINE) => {
  expect((await settings({ HF_HUB_OFFLINE })).offline).toBe(false);
});

test('HF_HUB_DOWNLOAD_TIMEOUT is in seconds', async () => {
  expect((await settings({ HF_HUB_DOWNLOAD_TIMEOUT: '2.5' })).stallMs).toBe(2500);
  for (const HF_HUB_DOWNLOAD_TIMEOUT of ['0', 'soon', '-1']) {
    await expect(settings({ HF_HUB_DOWNLOAD_TIMEOUT })).rejects.toMatchObject(badOption(/DOWNLOAD_TIMEOUT/));
  }
});
