// Tests the page with a server that has several models: which model answers, and how a model that is not loaded is shown.

import { expect, test } from 'vitest';
import { describePage, PHONE } from './describe-page.ts';

const READY = {
  status: 'ready',
  parameters: 7_340_032,
  contextLength: 2048,
  backend: 'native',
  cache: 'paged',
};
describePage('models on the page', (fixture) => {
  const { open } = fixture;
  const facts = () => fixture.chat.page.locator('.facts').innerText();
  const button = (name: string) => fixture.chat.page.getByRole('button', { name, exact: true });
  const setModels = (large: object) => {
    fixture.server.model = {
      model: 'small',
      models: [
        { name: 'small', ...READY },
        { name: 'large', ...large },
      ],
    };
  };

  test('the model chosen for new conversations is shown in the header and sent with the first message', async () => {
    setModels(READY);
    const chat = await open();
    await expect.poll(facts).toContain('small');
    await button('Settings').click();
    await chat.page.getByLabel('Model', { exact: true }).selectOption('large');
    await button('Close').click();
    await expect.poll(facts).toContain('large');
    await expect.poll(() => JSON.stringify(fixture.server.settings)).toContain('"model":"large"');
    await chat.page.reload();
    await expect.poll(facts).toContain('large');
    await chat.ask('Hello');
    expect(fixture.server.commands.at(-1)).toMatchObject({ conversation: 'new', model: 'large' });
  });

  test('a model with an adapter can be chosen like any other model', async () => {
    const names = ['small', 'small:medical'];
    fixture.server.model = {
      model: 'small',
      models: names.map((name) => ({ name, ...READY, ...(name === 'small' ? {} : { parent: 'small' }) })),
    };
    const chat = await open();
    await button('Settings').click();
    await chat.page.getByLabel('Model', { exact: true }).selectOption('small:medical');
    await button('Close').click();
    await expect.poll(facts).toContain('small:medical');
    await chat.ask('Hello');
    expect(fixture.server.commands.at(-1)).toMatchObject({ conversation: 'new', model: 'small:medical' });
  });

  test('a chosen model that is unloaded is shown as not loaded, and is not replaced by another model', async () => {
    setModels(READY);
    fixture.server.settings = { newConversations: { model: 'large' } };
    const chat = await open();
    await expect.poll(facts).toContain('large');
    setModels({ status: 'unloaded' });
    await button('Settings').click();
    await expect.poll(facts).toBe('large (not loaded)');
    expect(await chat.page.getByRole('option', { name: 'large (not loaded)' }).isDisabled()).toBe(true);
    await button('Close').click();
    setModels(READY);
    await chat.ask('Hello');
    await expect.poll(facts).not.toContain('not loaded');
  });

  test('the model menu is large enough for touch', async () => {
    setModels(READY);
    const chat = await open(PHONE);
    await button('Settings').tap();
    const { width, height } = (await chat.page.getByLabel('Model', { exact: true }).boundingBox())!;
    expect(height).toBeGreaterThan(43.9);
    expect(width).toBeGreaterThan(250);
  });
});
