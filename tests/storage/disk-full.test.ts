// A disk without room: the turn that cannot be kept fails and says why, what was kept stays, and it goes on when
// there is room again.

import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ConversationLibrary } from '../../src/chat/conversation-library.ts';
import type { MessageNode } from '../../src/chat/message-node.ts';
import { openSqliteStore } from '../../src/chat/storage/open-store.ts';
import { CharacterCompleter } from '../support/chat/character-completer.ts';

const OWNER = 'full';
const isAnswer = ({ role, state }: MessageNode): boolean => role === 'assistant' && state === 'complete';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'quire-full-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test('a full disk fails the turn with what to do, and nothing is torn', async (context) => {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder], { stdio: 'ignore' });
  } catch {
    return context.skip('no file system may be mounted here');
  }
  try {
    const store = await openSqliteStore(join(folder, 'data'));
    const completer = new CharacterCompleter(
      ...Array.from({ length: 2000 }, (_, i) => `${i} ${'word '.repeat(400)}`),
    );
    completer.contextLength = 1_000_000;
    const library = new ConversationLibrary(completer, { store });
    const { record, conversation } = await library.create(OWNER);
    const removable = await library.create(OWNER);
    await removable.conversation.send('can go').result;
    let kept = 0;
    let unsaved = 0;
    const fill = async (): Promise<unknown> => {
      for (; kept < 500; kept++) {
        const error = await conversation.send(`turn ${kept}`).result.then(
          (result) => {
            if (result.unsaved !== undefined) unsaved++;
          },
          (thrown: unknown) => thrown,
        );
        if (error !== undefined) return error;
      }
      return undefined;
    };
    const full = { code: 'disk_full', hint: 'make room on the disk' };
    expect(await fill()).toMatchObject(full);
    const createUntilFull = async (): Promise<void> => {
      for (let small = 0; small < 2000; small++) await library.create(OWNER);
    };
    await expect(createUntilFull()).rejects.toMatchObject(full); // nothing at all can be written now
    expect(kept).toBeGreaterThan(2);
    expect(conversation.messages).toHaveLength(2 * kept);
    expect(conversation.busy).toBe(false);
    const answers = async (from: typeof store): Promise<number> =>
      (await from.load(OWNER, record.id))!.messages.filter(isAnswer).length;
    expect(await answers(store)).toBe(kept - unsaved); // what was shown and could not be stored waits in memory
    await library.remove(OWNER, removable.record.id); // takes room, too: from what was reserved
    await expect(library.open(OWNER, removable.record.id)).rejects.toMatchObject({ code: 'not_found' });
    execFileSync('mount', ['-o', 'remount,size=8m', folder]);
    await conversation.send('and now').result;
    await store.close();
    const again = await openSqliteStore(join(folder, 'data'));
    expect(await answers(again)).toBe(kept + 1);
    const { messages } = (await again.load(OWNER, record.id))!;
    expect(messages.at(-2)?.content).toBe('and now');
    expect(messages.filter(({ state }) => state === 'running')).toEqual([]);
    await again.close();
  } finally {
    execFileSync('umount', ['-l', folder]);
  }
});
