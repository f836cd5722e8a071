import { expect, test, vi } from 'vitest';
import type { TokenCompleter } from '../completion/completer.ts';
import { type LoadedCompleter, ModelRegistry, type ModelSource } from './model-registry.ts';

const fakeCompleter = (model: string): LoadedCompleter =>
  ({
    info: { model, contextLength: 8 },
    [Symbol.asyncDispose]: vi.fn(async () => undefined),
  }) as unknown as LoadedCompleter;

function modelSource(
  model: string,
  overrides: Partial<ModelSource> = {},
): ModelSource & { load: () => Promise<LoadedCompleter> } {
  return {
    reference: `./models/${model}.gguf`,
    load: async () => fakeCompleter(model),
    ...overrides,
  } as ModelSource & {
    load: () => Promise<LoadedCompleter>;
  };
}

async function loadedRegistry(...sources: readonly ModelSource[]): Promise<ModelRegistry> {
  const models = new ModelRegistry(sources);
  await models.loadAll();
  return models;
}

const quireError = (code: string, hint: unknown = expect.anything()) =>
  expect.objectContaining({ code, hint });

test('a single model is selected by any name, and is reported with its actual name', async () => {
  const models = await loadedRegistry(modelSource('quire-5m'));
  for (const name of [undefined, 'quire-5m', 'gpt-4o', 'dummy'])
    expect(models.find(name).name).toBe('quire-5m');
  expect(models.isName('./models/quire-5m.gguf')).toBe(true);
  expect(models.isName('gpt-4o')).toBe(false);
  expect(() => models.named('gpt-4o')).toThrow(quireError('model_not_found'));
});

test('of several models, a name selects one, the first is the default, and an unknown name is rejected', async () => {
  const models = await loadedRegistry(modelSource('quire-5m'), modelSource('quire-8m', { name: 'big' }));
  expect(models.find().name).toBe('quire-5m');
  expect(models.find('big').completer.info.model).toBe('quire-8m');
  expect(models.find('./models/quire-5m.gguf').name).toBe('quire-5m');
  const hint = expect.stringMatching(/"quire-5m", "big"/);
  for (const name of ['gpt-4o', 'quire-8m', '']) {
    expect(() => models.find(name)).toThrow(quireError('model_not_found', hint));
    expect(() => models.find(name)).toThrow(expect.objectContaining({ option: 'model', status: 404 }));
  }
});

test('two models that report the same name are listed by the last part of their references', async () => {
  const load = async (): Promise<LoadedCompleter> => fakeCompleter('llama');
  const models = await loadedRegistry(
    { reference: '/home/me/a.gguf', load },
    { reference: 'hf:owner/b', load },
    { reference: '/home/other/a.gguf', load },
  );
  expect(models.all.map(({ name }) => name)).toEqual(['a', 'owner/b', 'a-2']);
  expect(models.find('a-2').name).toBe('a-2');
});

test.each([['a/b'], ['a b'], [''], ['x'.repeat(65)], ['a=b']])(
  'ModelRegistry rejects the name %j',
  (name) => {
    expect(() => new ModelRegistry([modelSource('m', { name })])).toThrow(quireError('bad_option'));
  },
);

test('ModelRegistry rejects an empty list and a repeated name', () => {
  expect(() => new ModelRegistry([])).toThrow(quireError('bad_option'));
  expect(() => new ModelRegistry([modelSource('a', { name: 'x' }), modelSource('b', { name: 'x' })])).toThrow(
    quireError('bad_option'),
  );
});

test('a loading model and a failed model do not affect other models', async () => {
  let finish: (loaded: LoadedCompleter) => void = () => undefined;
  const slow = new Promise<LoadedCompleter>((resolve) => {
    finish = resolve;
  });
  const models = new ModelRegistry([
    { name: 'bad', load: () => Promise.reject(new Error('no file')) },
    { name: 'good', load: async () => fakeCompleter('m') },
    { name: 'slow', load: () => slow },
  ]);
  const allLoaded = models.loadAll();
  await models.whenReady('good');
  expect(models.find('good').name).toBe('good');
  expect(() => models.find('slow')).toThrow(quireError('model_loading'));
  expect(() => models.find('bad')).toThrow(quireError('model_failed'));
  expect(models.all.map(({ state }) => state.kind)).toEqual(['failed', 'ready', 'loading']);
  const slowModel = models.whenReady('slow');
  finish(fakeCompleter('n'));
  expect((await slowModel).name).toBe('slow');
  await allLoaded;
});

test('models load one after another', async () => {
  const events: string[] = [];
  const loggingSource = (name: string): ModelSource => ({
    name,
    load: async () => {
      events.push(`${name} starts`);
      await new Promise((resolve) => setTimeout(resolve, 5));
      events.push(`${name} is loaded`);
      return fakeCompleter(name);
    },
  });
  await loadedRegistry(loggingSource('a'), loggingSource('b'));
  expect(events).toEqual(['a starts', 'a is loaded', 'b starts', 'b is loaded']);
});

test('`unload` waits for running requests and disposes the model, and `load` loads the model again', async () => {
  const completers: LoadedCompleter[] = [];
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
    const completer = Object.assign(fakeCompleter('m'), { monitor }) as unknown as LoadedCompleter;
    completers.push(completer);
    return completer;
  };
  const models = await loadedRegistry({ name: 'a', load }, modelSource('b'));
  const onUnload = vi.fn();
  const onReady = vi.fn(() => onUnload);
  models.onReady(onReady);
  expect(onReady).toHaveBeenCalledTimes(2);
  const unloading = models.unload('a', 60_000);
  expect(() => models.find('a')).toThrow(quireError('model_unloaded'));
  await new Promise((resolve) => setTimeout(resolve, 60));
  expect(completers[0]![Symbol.asyncDispose]).not.toHaveBeenCalled();
  running = 0;
  await unloading;
  expect(completers[0]![Symbol.asyncDispose]).toHaveBeenCalledTimes(1);
  expect(onUnload).toHaveBeenCalledTimes(1);
  expect(models.find('b').name).toBe('b');
  expect((await models.load('a')).completer).toBe(completers[1]);
  expect(onReady).toHaveBeenCalledTimes(3);
  await models.close();
  expect(completers[1]![Symbol.asyncDispose]).toHaveBeenCalledTimes(1);
});

test('a model that the caller owns is not disposed', async () => {
  const completer = fakeCompleter('m');
  const models = await loadedRegistry({ completer: completer as TokenCompleter });
  await models.unload('m', 0);
  await models.load('m');
  await models.close();
  expect(completer[Symbol.asyncDispose]).not.toHaveBeenCalled();
});

test('a model that finishes loading after `close` is disposed', async () => {
  let finish: (loaded: LoadedCompleter) => void = () => undefined;
  const models = new ModelRegistry([{ load: () => new Promise((resolve) => (finish = resolve)) }]);
  const allLoaded = models.loadAll();
  await models.close();
  const completer = fakeCompleter('m');
  finish(completer);
  await allLoaded;
  expect(completer[Symbol.asyncDispose]).toHaveBeenCalledTimes(1);
  expect(models.ready).toEqual([]);
});

test('the name of a model takes precedence over the reference of another model', async () => {
  const models = await loadedRegistry(
    modelSource('first', { name: 'fast', reference: 'embedded' }),
    modelSource('second', { name: 'embedded', reference: './second.gguf' }),
  );
  expect(models.find('embedded').completer.info.model).toBe('second');
  expect(models.named('embedded').name).toBe('embedded');
  const unnamed = await loadedRegistry(
    modelSource('tuned', { reference: './base.gguf' }),
    modelSource('base', { reference: './b.gguf' }),
  );
  expect(unnamed.all.map(({ name }) => name)).toEqual(['tuned', 'base']);
  expect(unnamed.find('base').completer.info.model).toBe('base');
});
