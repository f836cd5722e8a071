import { setImmediate as eventLoopTurn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { CharacterCompleter } from '../../tests/support/chat/character-completer.ts';
import type { LoadedCompleter } from './model-registry.ts';
import { Service } from './service.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

test('an open conversation does not keep an unloaded model in memory', async () => {
  const loadedModels: WeakRef<object>[] = [];
  const load = async (): Promise<LoadedCompleter> => {
    const completer = new CharacterCompleter('Hi');
    loadedModels.push(new WeakRef(completer));
    return completer as unknown as LoadedCompleter;
  };
  const service = await Service.create({ models: [{ name: 'a', load }] });
  await service.loaded;
  const { conversation } = await service.conversations.create('me');
  await service.models.unload('a', 0);
  await expect
    .poll(async () => {
      await eventLoopTurn(); // a WeakRef keeps its target alive until the end of an event-loop turn
      collectGarbage();
      return loadedModels[0]?.deref();
    })
    .toBeUndefined();
  await expect(conversation.send('One').result).rejects.toMatchObject({ code: 'model_unloaded' });
  await service.close();
});
