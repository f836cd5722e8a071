import { expect, test, vi } from 'vitest';
import type { TokenCompleter } from '../completion/completer.ts';
import { type LoadedCompleter, ModelRegistry, type ModelSource } from './model-registry.ts';

const completer = (model: string): LoadedCompleter =>
  ({
    info: { model, contextLength: 8 },
    [Symbol.asyncDispose]: vi.fn(async () => undefined),
  }) as unknown as LoadedCompleter;

function source(
  model: string,
  more: Partial<ModelSource> = {},
): ModelSource & { load: () => Promise<LoadedCompleter> } {
  return {
    reference: `./models/${model}.gguf`,
    load: async () => completer(model),
    ...more,
  } as ModelSource & {
    load: () => Promise<LoadedCompleter>;
  };
}

async function registry(...sources: readonly ModelSource[]): Promise<ModelRegistry> {
  const models = new ModelRegistry(sources);
  await models.loadAll();
  return models;
}

const refused = (code: string, hint: unknown = expect.anything()) => expect.objectContaining({ code, hint });

test('a single model answers to every name, with its actual name', async () => {
  const models = await registry(source('quire-5m'));
  for (const name of [undefined, 'quire-5m', 'gpt-4o', 'dummy'])
    expect(models.find(name).name).toBe('quire-5m');
  expect(models.isName('./models/quire-5m.gguf')).toBe(true);
  expect(models.isName('gpt-4o')).toBe(false);
  expect(() => models.named('gpt-4o')).toThrow(refused('model_not_found'));
});

test('with several models the name selects one, the first is the default, and an unknown name is an error', async () => {
  const models = await registry(source('quire-5m'), source('quire-8m', { name: 'big' }));
  expect(models.find().name).toBe('quire-5m');
  expect(models.find('big').completer.info.model).toBe('quire-8m');
  expect(models.find('./models/quire-5m.gguf').name).toBe('quire-5m');
  const hint = expect.stringMatching(/"quire-5m", "big"/);
  for (const name of ['gpt-4o', 'quire-8m', '']) {
    expect(() => models.find(name)).toThrow(refused('model_not_found', hint));
    expect(() => models.find(name)).toThrow(expect.objectContaining({ option: 'model', status: 404 }));
  }
});

test('two models that report the same name are listed by the last part of their references', async () => {
  const same = async (): Promise<LoadedCompleter> => completer('llama');
  const models = await registry(
    { reference: '/home/me/a.gguf', load: same },
    { reference: 'hf:owner/b', load: same },
    { reference: '/home/other/a.gguf', load: same },
  );
  expect(models.all.map(({ name }) => name)).toEqual(['a', 'owner/b', 'a-2']);
  expect(models.find('a-2').name).toBe('a-2');
});

test.each([['a/b'], ['a b'], [''], ['x'.repeat(65)], ['a=b']])('rejects the name %j', (name) => {
  expect(() => new ModelRegistry([source('m', { name })])).toThrow(refused('bad_option'));
});

test('rejects an empty list and a repeated name', () => {
  expect(() => new ModelRegistry([])).toThrow(refused('bad_option'));
  expect(() => new ModelRegistry([source('a', { name: 'x' }), source('b', { name: 'x' })])).toThrow(
    refused('bad_option'),
  );
});

test('a loading model and a failed model do not affect the others', async () => {
  let finish: (loaded: LoadedCompleter) => void = () => undefined;
  const slow = new Promise<LoadedCompleter>((resolve) => {
    finish = resolve;
  });
  const models = new ModelRegistry([
    { name: 'bad', load: () => Promise.reject(new Error('no file')) },
    { name: 'good', load: async () => completer('m') },
    { name: 'slow', load: () => slow },
  ]);
  const loaded = models.loadAll();
  await models.whenReady('good');
  expect(models.find('good').name).toBe('good');
  expect(() => models.find('slow')).toThrow(refused('model_loading'));
  expect(() => models.find('bad')).toThrow(refused('model_failed'));
  expect(models.all.map(({ state }) => state.kind)).toEqual(['failed', 'ready', 'loading']);
  const waited = models.whenReady('slow');
  finish(completer('n'));
  expect((await waited).name).toBe('slow');
  await loaded;
});

test('models load one after another', async () => {
  const begun: string[] = [];
  const one = (name: string): ModelSource => ({
    name,
    load: async () => {
      begun.push(name);
      await new Promise((resolve) => setTimeout(resolve, 5));
      begun.push(`${name} is there`);
      return completer(name);
    },
  });
  await registry(one('a'), one('b'));
  expect(begun).toEqual(['a', 'a is there', 'b', 'b is there']);
});

test('unloading waits for requests and disposes the model, which can be loaded again', async () => {
  const made: LoadedCompleter[] = [];
  let running = 1;
  const load = async (): Promise<LoadedCompleter> => {
    const monitor = {
      counters: {
        get running() {
          return running;
        },
        waiting: 0,
        events: {},
      },
    };
    const one = Object.assign(completer('m'), { monitor }) as unknown as LoadedCompleter;
    made.push(one);
    return one;
  };
  const models = await registry({ name: 'a', load }, source('b'));
  const left = vi.fn();
  const seen = vi.fn(() => left);
  models.onReady(seen);
  expect(seen).toHaveBeenCalledTimes(2);
  const unloading = models.unload('a', 60_000);
  expect(() => models.find('a')).toThrow(refused('model_unloaded'));
  await new Promise((resolve) => setTimeout(resolve, 60));
  expect(made[0]![Symbol.asyncDispose]).not.toHaveBeenCalled();
  running = 0;
  await unloading;
  expect(made[0]![Symbol.asyncDispose]).toHaveBeenCalledTimes(1);
  expect(left).toHaveBeenCalledTimes(1);
  expect(models.find('b').name).toBe('b');
  expect((await models.load('a')).completer).toBe(made[1]);
  expect(seen).toHaveBeenCalledTimes(3);
  await models.close();
  expect(made[1]![Symbol.asyncDispose]).toHaveBeenCalledTimes(1);
});

test('a model that the caller owns is not disposed', async () => {
  const own = completer('m');
  const models = await registry({ completer: own as TokenCompleter });
  await models.unload('m', 0);
  await models.load('m');
  await models.close();
  expect(own[Symbol.asyncDispose]).not.toHaveBeenCalled();
});

test('a model that finishes loading after close is disposed', async () => {
  let finish: (loaded: LoadedCompleter) => void = () => undefined;
  const models = new ModelRegistry([{ load: () => new Promise((resolve) => (finish = resolve)) }]);
  const loaded = models.loadAll();
  await models.close();
  const late = completer('m');
  finish(late);
  await loaded;
  expect(late[Symbol.asyncDispose]).toHaveBeenCalledTimes(1);
  expect(models.ready).toEqual([]);
});

test('a name takes precedence over the reference of another model', async () => {
  const models = await registry(
    source('first', { name: 'fast', reference: 'embedded' }),
    source('second', { name: 'embedded', reference: './second.gguf' }),
  );
  expect(models.find('embedded').completer.info.model).toBe('second');
  expect(models.named('embedded').name).toBe('embedded');
  const own = await registry(
    source('tuned', { reference: './base.gguf' }),
    source('base', { reference: './b.gguf' }),
  );
  expect(own.all.map(({ name }) => name)).toEqual(['tuned', 'base']);
  expect(own.find('base').completer.info.model).toBe('base');
});
