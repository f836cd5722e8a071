// A malicious hub: names that point outside the cache, invalid and endless responses. Nothing is written outside the
// cache, and no request takes forever.

import { readdir } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { respondWith } from '../../../tests/support/hub/hub-faults.ts';
import { hubFixtures, REPO } from '../../../tests/support/hub/hub-fixture.ts';

const fixture = hubFixtures();

/** Lists all files in the folder of the test, which contains the cache. */
async function listFiles(): Promise<string[]> {
  return readdir(fixture().folder, { recursive: true });
}

const HOSTILE = [
  '../../../../evil.gguf',
  '/tmp/evil.gguf',
  'a/../../../../evil.gguf',
  'a\\..\\..\\evil.gguf',
  'C:evil.gguf',
  'evil\u0000.gguf',
  '\u001b[2Jevil.gguf',
  './evil.gguf',
];

describe('an unsafe name', () => {
  test.each(HOSTILE)('%j in a listing is rejected', async (path) => {
    fixture().hub.add(REPO, { [path]: 'evil' });
    await expect(fixture().pull()).rejects.toMatchObject({ code: 'unsafe_path' });
    expect(await listFiles()).toEqual([]);
  });

  test.each(HOSTILE)('%j in an index of weights is rejected', async (name) => {
    const path = name.replace('gguf', 'safetensors');
    const index = JSON.stringify({ weight_map: { a: path } });
    fixture().hub.add(REPO, { 'config.json': '{}', 'model.safetensors.index.json': index, [path]: 'evil' });
    await expect(fixture().pull()).rejects.toMatchObject({ code: 'unsafe_path' });
    expect((await listFiles()).filter((entry) => entry.includes('evil'))).toEqual([]);
  });

  test('that uses another file as a folder is rejected', async () => {
    fixture().hub.add(REPO, {
      'config.json': '{}',
      'model.safetensors.index.json': JSON.stringify({ weight_map: { a: 'config.json/x', b: 'x' } }),
      'config.json/x': 'evil',
      x: 'x',
    });
    await expect(fixture().pull()).rejects.toMatchObject({ code: 'cache_unwritable' });
  });

  test('is printed in errors without control characters', async () => {
    fixture().hub.add(REPO, { 'a\u001b[2J.gguf': '1', 'b.gguf': '2' });
    const error: unknown = await fixture()
      .pull()
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'ambiguous_model', line: expect.not.stringContaining('\u001b') });
  });
});

describe('an invalid response is rejected:', () => {
  const badResponse = { code: 'bad_hub_answer' };

  test.each(['', '<html>', '[]', '{}', '{"sha":"../../x"}', 'null', '{"sha":7}'])(
    '%j for a revision',
    async (body) => {
      fixture().hub.failAlways('/revision/main', respondWith(200, {}, body));
      await expect(fixture().pull()).rejects.toMatchObject(badResponse);
      expect(await listFiles()).toEqual([]);
    },
  );

  test.each([[{}], ['x'], [7], [[{ type: 'file' }]], [[{ type: 'file', path: 7 }]]])(
    '%j for a tree',
    async (tree) => {
      fixture().hub.add(REPO, { 'm.gguf': 'm' });
      fixture().hub.trees = () => tree;
      await expect(fixture().pull()).rejects.toMatchObject(badResponse);
    },
  );

  test('a commit that is not the requested one', async () => {
    const commit = '0'.repeat(40);
    fixture().hub.failAlways(
      `/revision/${commit}`,
      respondWith(200, {}, JSON.stringify({ sha: '1'.repeat(40) })),
    );
    await expect(fixture().pull(`hf:${REPO}@${commit}`)).rejects.toMatchObject(badResponse);
  });

  test('a tree whose pages never end', async () => {
    let pages = 0;
    const next = `<${fixture().hub.url}/x?cursor=again>; rel="next"`;
    const commit = fixture().hub.add(REPO, { 'm.gguf': 'm' });
    fixture().hub.failAlways(`/tree/${commit}`, ({ response }) => {
      pages++;
      response.writeHead(200, { link: next }).end('[]');
    });
    await expect(fixture().pull()).rejects.toMatchObject(badResponse);
    expect(pages).toBe(200);
  }, 30_000);

  test('endless JSON', async () => {
    const megabyte = Buffer.alloc(2 ** 20, ' ');
    fixture().hub.failAlways('/revision/main', ({ response }) => {
      const writeMore = (): void => {
        if (!response.destroyed && response.write(megabyte)) setImmediate(writeMore);
      };
      response.on('drain', writeMore);
      writeMore();
    });
    await expect(fixture().pull()).rejects.toMatchObject({
      ...badResponse,
      message: expect.stringMatching(/sent more than/),
    });
  }, 30_000);

  test('a file with neither size nor checksum', async () => {
    fixture().hub.trees = false;
    fixture().hub.add(REPO, { 'm.gguf': 'm' });
    fixture().hub.failAlways('m.gguf', respondWith(200, { etag: '"../../x"' }));
    await expect(fixture().pull()).rejects.toMatchObject(badResponse);
  });
});
