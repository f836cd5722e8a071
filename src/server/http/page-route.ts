// The web page as static files. The page may load and connect to nothing but this server, and runs no inline
// script but the one of its own index.html: what a model writes can then do no harm even if it got past the Markdown
// renderer. The build leaves compressed copies beside the files, so that a slow line carries a quarter of the bytes.

import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';
import { QuireError } from '../../base/errors.ts';
import { sendError } from './errors/http-errors.ts';
import { prefixOf } from './url-prefix.ts';

const YEAR_SECONDS = 365 * 24 * 60 * 60;

export async function pageRoute(app: FastifyInstance, pageDir: string): Promise<void> {
  const index = join(pageDir, 'index.html');
  if (!existsSync(index)) {
    const missing = new QuireError('not_found', `the page is not built in ${pageDir}`, 'run "npm run build"');
    app.get('/', { config: { open: true } }, async (_request, reply) => sendError(reply, missing));
    return;
  }
  const scripts = inlineScripts(readFileSync(index, 'utf8'));
  app.addHook('onRequest', async (request, reply) => {
    reply.header('content-security-policy', contentSecurityPolicy(request.headers.host, scripts));
    reply.header('x-content-type-options', 'nosniff');
    reply.header('referrer-policy', 'no-referrer');
  });
  await app.register(async (files: FastifyInstance) => {
    files.addHook('onRoute', (route) => {
      route.config = { ...route.config, open: true };
    });
    const prefix = prefixOf(app);
    if (prefix !== '') addSlash(files, prefix);
    files.addHook('onSend', async (_request, reply) => {
      reply.header('vary', 'origin, accept-encoding'); // as the answer to foreign pages differs, too
    });
    await files.register(fastifyStatic, {
      root: pageDir,
      cacheControl: false,
      preCompressed: true,
      setHeaders: (response, path) => {
        response.setHeader('cache-control', cacheControl(relative(pageDir, path)));
      },
    });
  });
}

// From the prefix without its slash the page's relative addresses would lead out of it. The address is relative itself, because
// a proxy may have the application at another one.
function addSlash(files: FastifyInstance, prefix: string): void {
  files.get('', { prefixTrailingSlash: 'no-slash' }, async ({ url }, reply) => {
    const query = url.indexOf('?');
    const last = prefix.slice(prefix.lastIndexOf('/') + 1);
    return reply.redirect(`${last}/${query < 0 ? '' : url.slice(query)}`);
  });
}

// Names under assets/ carry a hash of their content, so they never change.
function cacheControl(path: string): string {
  return path.startsWith(`assets${sep}`) ? `public, max-age=${YEAR_SECONDS}, immutable` : 'no-cache';
}

/** What the policy calls the inline scripts of a page. */
export function inlineScripts(html: string): readonly string[] {
  const scripts = [...html.matchAll(/<script>(.*?)<\/script>/gs)];
  return scripts.map(([, text = '']) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`);
}

/** @param scripts inline scripts that may run, as `inlineScripts` gives them */
export function contentSecurityPolicy(host: string | undefined, scripts: readonly string[]): string {
  // Older Safari does not count a WebSocket to the same host as 'self'.
  const sockets = host && /^[\w.:[\]-]+$/.test(host) ? ` ws://${host} wss://${host}` : '';
  const rules = [
    "default-src 'none'",
    `script-src ${["'self'", ...scripts].join(' ')}`,
    "style-src 'self'",
    "img-src 'self'",
    "font-src 'self'",
    `connect-src 'self'${sockets}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ];
  return rules.join('; ');
}
