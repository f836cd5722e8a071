// A process for kills.test.ts: stores the turns of several conversations at the same time, and prints the id of each answer
// once it is stored.

import { ConversationLibrary } from '../../src/chat/conversation-library.ts';
import { openSqliteStore } from '../../src/chat/storage/open-store.ts';
import { CharacterCompleter } from '../support/chat/character-completer.ts';

const [, , folder = '', owner = ''] = process.argv;

class Endless extends CharacterCompleter {
  #answers = 0;
  override completeTokens(prompt: readonly number[]): ReturnType<CharacterCompleter['completeTokens']> {
    this.add(`answer ${this.#answers++}`.repeat(1 + (this.#answers % 50)));
    return super.completeTokens(prompt);
  }
}

const store = await openSqliteStore(folder);
const completer = new Endless();
completer.contextLength = 1_000_000;
const library = new ConversationLibrary(completer, { store });

async function write(): Promise<never> {
  for (;;) {
    const { conversation } = await library.create(owner);
    for (let turn = 0; turn < 5; turn++) {
      const { messages } = await conversation.send(`turn ${turn}`).result;
      process.stdout.write(`${messages!.assistant}\n`);
    }
  }
}

process.stdout.write('ready\n');
await Promise.all([write(), write(), write()]);
