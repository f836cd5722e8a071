import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { encodeSentencePiece, PIECES } from '../sentence-piece/model-fixture.ts';
import { openTokenizer } from './open-model.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'quire-tokenizer-'));
});
afterEach(() => rm(folder, { recursive: true }));

const write = (file: string, content: string | Uint8Array) => writeFile(join(folder, file), content);

it('openTokenizer opens a tokenizer.model, alone or with the other files of its folder', async () => {
  await write('tokenizer.model', encodeSentencePiece());
  expect(await openTokenizer(join(folder, 'tokenizer.model'))).toMatchObject({
    kind: 'vocabulary',
    addBos: true,
  });
  await write(
    'tokenizer_config.json',
    JSON.stringify({
      add_bos_token: false,
      added_tokens_decoder: { [PIECES.length]: { content: '<x>', special: true } },
    }),
  );
  await write('chat_template.jinja', '{{ bos_token }}');
  const data = await openTokenizer(folder);
  expect(data).toMatchObject({ kind: 'vocabulary', addBos: false });
  expect(data.chatTemplates).toEqual(new Map([['default', '{{ bos_token }}']]));
  expect(data.kind === 'vocabulary' && data.tokens.at(-1)).toBe('<x>');
});

it('openTokenizer prefers a tokenizer.json to a tokenizer.model', async () => {
  await write('tokenizer.model', encodeSentencePiece());
  await write('tokenizer.json', JSON.stringify({ model: { vocab: {}, merges: [] } }));
  expect((await openTokenizer(folder)).kind).toBe('files');
});

it('openTokenizer rejects a missing file and a damaged file', async () => {
  await expect(openTokenizer(folder)).rejects.toMatchObject({ code: 'bad_model_folder' });
  await write('tokenizer.model', 'hello');
  const damagedFileError = { code: 'bad_tokenizer', message: expect.stringContaining('tokenizer.model') };
  await expect(openTokenizer(folder)).rejects.toMatchObject(damagedFileError);
  await expect(openTokenizer(join(folder, 'tokenizer.model'))).rejects.toMatchObject(damagedFileError);
});
