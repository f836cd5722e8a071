import { expect, it } from 'vitest';
import { importOptional } from './optional-package.ts';

const absent = '@quire-llm/no-such-package';

it('names the command that installs all packages if one of them is missing', async () => {
  const load = (): Promise<unknown> => import(/* @vite-ignore */ absent);
  await expect(importOptional('charts', ['pg@8', `${absent}@1.2`], load)).rejects.toMatchObject({
    code: 'missing_package',
    exitCode: 2,
    message: 'the packages for charts are not installed',
    hint: expect.stringContaining(`npm install pg@8 ${absent}@1.2`),
  });
});

it.each([
  ['Node', 'ERR_MODULE_NOT_FOUND', `Cannot find package 'pg' imported from /app/x.js`],
  ['Yarn', 'MODULE_NOT_FOUND', 'quire-llm tried to access pg (a peer dependency) but it is not provided'],
  ['Bun', 'ERR_MODULE_NOT_FOUND', `Cannot find package "pg" from "/app/x.js"`],
])('recognizes the error of %s', async (_, code, message) => {
  const load = (): Promise<unknown> => Promise.reject(Object.assign(new Error(message), { code }));
  await expect(importOptional('PostgreSQL', ['pg@8'], load)).rejects.toMatchObject({
    code: 'missing_package',
  });
});

it('passes other errors on', async () => {
  const nested = Object.assign(new Error(`Cannot find package 'pg-pool' imported from /app/pg.js`), {
    code: 'ERR_MODULE_NOT_FOUND',
  });
  await expect(importOptional('PostgreSQL', ['pg@8'], () => Promise.reject(nested))).rejects.toBe(nested);
  const syntax = new SyntaxError('pg is damaged');
  await expect(importOptional('PostgreSQL', ['pg@8'], () => Promise.reject(syntax))).rejects.toBe(syntax);
});
