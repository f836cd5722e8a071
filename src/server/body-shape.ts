// The first look at a body, before any schema: how many things it holds and how deep. A schema looks at each element and
// makes an object for each that is wrong, so four megabytes of `{},` would cost more than a gigabyte; here they are counted,
// and the count ends at the limit.

import type { FastifyInstance } from 'fastify';
import { QuireError } from '../base/errors.ts';
import { DEEPEST_BODY, MOST_BODY_NUMBERS, MOST_BODY_VALUES, MOST_IMPORTED_VALUES } from './limits.ts';

export function installBodyShape(app: FastifyInstance): void {
  app.addHook('preValidation', async ({ routeOptions, body }) => {
    checkShape(body, routeOptions.url === '/conversations/import' ? MOST_IMPORTED_VALUES : MOST_BODY_VALUES);
  });
}

/** Raises `bad_message` for a body of too many values or too deep. Numbers are counted by themselves, because token ids are many. */
export function checkShape(body: unknown, mostValues = MOST_BODY_VALUES): void {
  let values = 0;
  let numbers = 0;
  let level: unknown[] = [body];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > DEEPEST_BODY) throw tooDeep();
    const next: unknown[] = [];
    for (const value of level) {
      if (typeof value !== 'object' || value === null) continue;
      for (const inner of Array.isArray(value) ? value : Object.values(value)) {
        if (typeof inner === 'number') {
          if (++numbers > MOST_BODY_NUMBERS) throw tooMany(MOST_BODY_NUMBERS, 'numbers');
          continue;
        }
        if (++values > mostValues) throw tooMany(mostValues, 'values');
        next.push(inner);
      }
    }
    level = next;
  }
}

const tooMany = (most: number, what: string): QuireError =>
  new QuireError('bad_message', `the body holds more than ${most} ${what}`, 'send less in a request');

const tooDeep = (): QuireError =>
  new QuireError('bad_message', `the body is nested more than ${DEEPEST_BODY} deep`, 'send it flat');
