// A fake hub, an empty cache, and a `pull` function with short timeouts. After each test the hub is stopped and the
// cache is deleted.

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import type { Environment } from '../../../src/hub/node/hub-settings.ts';
import { type PullOptions, pullModel } from '../../../src/hub/node/pull-model.ts';
import { blobName, FakeHub } from './fake-hub.ts';

const TIMING = {
  retries: 3,
  firstDelayMs: 5,
  maxDelayMs: 1000,
  stallMs: 400,
  pollMs: 5,
};

export const REPO = 'owner/repo';

export class HubFixture {
  readonly hub: FakeHub;
  /** HF_HOME */
  readonly folder: string;

  constructor(hub: FakeHub, folder: string) {
    this.hub = hub;
    this.folder = folder;
  }

  environment(variables: Environment = {}): Environment {
    return { HF_HOME: this.folder, HF_ENDPOINT: this.hub.url, ...variables };
  }

  pull(reference = `hf:${REPO}`, options: PullOptions = {}): Promise<string> {
    const timing = { ...TIMING, ...options.timing };
    return pullModel(reference, { environment: this.environment(), ...options, timing });
  }

  /** Returns a path in the repository's folder of the cache. */
  cached(...parts: readonly string[]): string {
    return join(this.folder, 'hub', `models--${REPO.replace('/', '--')}`, ...parts);
  }

  partial(path: string, bytes: Uint8Array): string {
    return this.cached('blobs', `${blobName(path, bytes)}.incomplete`);
  }

  async bytesOf(path: Promise<string>): Promise<Uint8Array> {
    return readFile(await path);
  }
}

/** Creates a fixture before each test of the file. Returns a function that returns the current fixture. */
export function hubFixtures(): () => HubFixture {
  let fixture: HubFixture;
  beforeEach(async () => {
    fixture = new HubFixture(await FakeHub.start(), await mkdtemp(join(tmpdir(), 'quire-hub-')));
  });
  afterEach(async () => {
    await fixture.hub.stop();
    await rm(fixture.folder, { recursive: true });
  });
  return () => fixture;
}

/** Returns bytes without repeated runs, so that data at a wrong offset is detected. */
export function distinctBytes(count: number, seed = 1): Buffer {
  const bytes = Buffer.alloc(count);
  for (let i = 0; i < count; i++) bytes[i] = (Math.imul(i + seed, 2654435761) >>> 13) & 255;
  return bytes;
}
