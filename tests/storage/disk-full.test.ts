// A full disk: a turn that cannot be stored fails with the cause, the stored turns remain, and new turns succeed when space
// is free again.

import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ConversationLibrary } from '../../src/chat/conversation-library.ts';
import type { MessageNode } from '../../src/chat/message-node.ts';
import { openSqliteStore } from '../../src/chat/storage/open-store.ts';
import { CharacterCompleter } from '../support/chat/character-completer.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const OWNER = 'full';
const isAnswer = ({ role, state }: MessageNode): boolean => role === 'assistant' && state === 'complete';

const folder = temporaryFolder('full');

test('a turn on a full disk fails with a hint, and the stored turns stay complete', async (context) => {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder], { stdio: 'ignore' });
  } catch {
    return context.skip('this process cannot mount a file system');
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
    let completed = 0;
    let unsaved = 0;
    const fill = async (): Promise<unknown> => {
      for (; completed < 500; completed++) {
        const error = await conversation.send(`turn ${completed}`).result.then(
          (result) => {
            if (result.unsaved !== undefined) unsaved++;
          },
          (thrown: unknown) => thrown,
        );
        if (error !== undefined) return error;
      }
      return undefined;
    };
    const diskFull = { code: 'disk_full', hint: 'free disk space' };
    expect(await fill()).toMatchObject(diskFull);
    const createUntilFull = async (): Promise<void> => {
      for (let i = 0; i < 2000; i++) await library.create(OWNER);
    };
    await expect(createUntilFull()).rejects.toMatchObject(diskFull); // even a small record does not fit
    expect(completed).toBeGreaterThan(2);
    expect(conversation.messages).toHaveLength(2 * completed);
    expect(conversation.busy).toBe(false);
    const storedAnswers = async (source: typeof store): Promise<number> =>
      (await source.load(OWNER, record.id))!.messages.filter(isAnswer).length;
    expect(await storedAnswers(store)).toBe(completed - unsaved); // answers that could not be stored are in memory
    await library.remove(OWNER, removable.record.id); // the space for removals is reserved
    await expect(library.open(OWNER, removable.record.id)).rejects.toMatchObject({ code: 'not_found' });
    execFileSync('mount', ['-o', 'remount,size=8m', folder]);
    await conversation.send('and now').result;
    await store.close();
    const reopened = await openSqliteStore(join(folder, 'data'));
    expect(await storedAnswers(reopened)).toBe(completed + 1);
    const { messages } = (await reopened.load(OWNER, record.id))!;
    expect(messages.at(-2)?.content).toBe('and now');
    expect(messages.filter(({ state }) => state === 'running')).toEqual([]);
    await reopened.close();
  } finally {
    execFileSync('umount', ['-l', folder]);
  }
});
