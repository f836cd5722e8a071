// Foreign web pages over plain HTTP. Any page may send a POST to this server, and one whose name was made to point
// at this machine (DNS rebinding) may read the answers too; both are refused by the rule of origin-rules.ts. Pages
// of allowed origins get what browsers ask for (CORS); all others get none of it.

import cors, { type FastifyCorsOptions } from '@fastify/cors';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { QuireError } from '../../../base/errors.ts';
import { IGNORED_HEADER } from '../bodies/ignored-header.ts';
import { asksForKey } from '../keys/authentication.ts';
import { isLoopbackName, mayConnect } from './origin-rules.ts';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'];
const EXPOSED = ['x-request-id', 'retry-after', IGNORED_HEADER];
const PREFLIGHT_SECONDS = 600;

/** Refuses foreign pages, and tells browsers what those that may use the server may read of its answers. */
export async function installOrigins(app: FastifyInstance, allowed: readonly string[]): Promise<void> {
  const mayUse = ({ headers: { origin, host } }: FastifyRequest): boolean =>
    mayConnect({ origin, host, loopback: isLoopback(app), allowed });
  app.addHook('onRequest', async (request) => {
    const { origin, host } = request.headers;
    if (origin === undefined) {
      if (isLoopback(app) && asksForKey(request)) checkHost(host, allowed);
    } else if (!mayUse(request) && !(isPage(request) && request.method !== 'OPTIONS')) refuse(origin);
  });
  // An application with CORS of its own has told browsers already; who may use the server is said above.
  if (app.hasRequestDecorator('corsPreflightEnabled')) return;
  await app.register(cors, {
    hook: 'onRequest',
    delegator: (request: FastifyRequest, answer: (error: null, options: FastifyCorsOptions) => void) => {
      const origin = request.headers.origin !== undefined && mayUse(request) && request.headers.origin;
      answer(null, {
        origin,
        methods: METHODS,
        exposedHeaders: EXPOSED,
        maxAge: PREFLIGHT_SECONDS,
        strictPreflight: false,
      });
    },
  });
}

function isLoopback(app: FastifyInstance): boolean {
  const address = app.server.address();
  return typeof address === 'object' && address !== null && isLoopbackName(address.address);
}

// A page's own files are asked for with an Origin too (`<script type="module">`), and hold no secrets. A socket's
// route answers for itself.
const isPage = (request: FastifyRequest): boolean => !asksForKey(request);

// A GET of a page's own origin carries no Origin, so after DNS rebinding only Host tells that the name is foreign.
// Without a Host it is no browser: only HTTP/1.0 may leave it out, which none of them speaks.
function checkHost(host: string | undefined, allowed: readonly string[]): void {
  if (host === undefined) return;
  const name = URL.canParse(`http://${host}`) ? new URL(`http://${host}`) : undefined;
  if (name !== undefined && isLoopbackName(name.hostname)) return;
  if (allowed.some((one) => /^https?:/.test(one) && new URL(one).host === host)) return;
  throw new QuireError(
    'forbidden_origin',
    `a server on the loopback address is not reached as ${JSON.stringify(host).slice(0, 100)}`,
    'use 127.0.0.1 or localhost, or allow the origin when starting the server',
  );
}

function refuse(origin: string): never {
  throw new QuireError(
    'forbidden_origin',
    `pages of ${origin.slice(0, 100)} may not use this server`,
    'open the page that this server offers, or allow the origin when starting it',
  );
}
