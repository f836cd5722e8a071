// Stores a conversation on disk and continues it later with the same tokens.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadEngine, openConversations } from 'quire-llm';

const dataDir = await mkdtemp(join(tmpdir(), 'quire-example-'));
await using engine = await loadEngine({ model: 'embedded' });
const owner = 'ada'; // the user who may access the conversations: any id in your program

let id: string;
{
  await using conversations = await openConversations(engine, { dataDir });
  const { record, conversation } = await conversations.create(owner, { contextPolicy: 'truncate' });
  id = record.id;
  await conversation.send('My name is Ada.', { temperature: 0 }).result;
}

// Usually in another process.
{
  await using conversations = await openConversations(engine, { dataDir });
  const { conversation } = await conversations.open(owner, id);
  const { text, cachedTokens, promptTokens } = await conversation.send('What is my name?', { temperature: 0 })
    .result;
  console.log(text);
  console.log(`${cachedTokens} of ${promptTokens} prompt tokens were computed before`);
  console.log((await conversations.list(owner)).map(({ title }) => title));
}
await rm(dataDir, { recursive: true });
