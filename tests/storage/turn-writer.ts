// The process that kills.test.ts kills. It stores turns of three conversations at the same time, and prints the id of each
// answer when the answer is stored.

import { ConversationLibrary } from '../../src/chat/conversation-library.ts';
import { openSqliteStore } from '../../src/chat/storage/open-store.ts';
import { CharacterCompleter } from '../support/chat/character-completer.ts';

const [, , folder = '', owner = ''] = process.argv;

class EndlessCompleter extends CharacterCompleter {
  #answerCount = 0;
  override completeTokens(prompt: readonly number[]): ReturnType<CharacterCompleter['completeTokens']> {
    this.add(`answer ${this.#answerCount++}`.repeat(1 + (this.#answerCount % 50)));
    return super.completeTokens(prompt);
  }
}

const store = await openSqliteStore(folder);
const completer = new EndlessCompleter();
completer.contextLength = 1_000_000;
const library = new ConversationLibrary(completer, { store });

async function writeTurns(): Promise<never> {
  for (;;) {
    const { conversation } = await library.create(owner);
    for (let turn = 0; turn < 5; turn++) {
      const { messages } = await conversation.send(`turn ${turn}`).result;
      process.stdout.write(`${messages!.assistant}\n`);
    }
  }
}

process.stdout.write('ready\n');
await Promise.all([writeTurns(), writeTurns(), writeTurns()]);
