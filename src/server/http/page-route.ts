// Serves the web page as static files. The Content-Security-Policy allows the page to load from and connect to this server only,
// and to run no inline script except that of index.html. So model output can do no harm even if the Markdown renderer does not
// escape it. The build stores compressed copies of the files, which reduces the transferred bytes to a quarter.

import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';
import { QuireError } from '../../base/errors.ts';
import { sendError } from './errors/error-response.ts';
import { prefixOf } from './url-path.ts';

const YEAR_SECONDS = 365 * 24 * 60 * 60;

export async function pageRoute(app: FastifyInstance, pageDir: string): Promise<void> {
  const index = join(pageDir, 'index.html');
  if (!existsSync(index)) {
    const error = new QuireError('not_found', `the page is not built in ${pageDir}`, 'run "npm run build"');
    app.get('/', { config: { public: true } }, async (_request, reply) => sendError(reply, error));
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
      route.config = { ...route.config, public: true };
    });
    const prefix = prefixOf(app);
    if (prefix !== '') redirectToSlash(files, prefix);
    files.addHook('onSend', async (_request, reply) => {
      reply.header('vary', 'origin, accept-encoding'); // responses also differ by origin (cors.ts)
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

// Redirects from the prefix without a slash, where the relative URLs of the page would resolve to the parent path. The redirect
// is also relative, because a proxy may serve the application under another path. This route also receives requests with the slash
// if the prefix ends with one, or if the application ignores slashes at the end (`ignoreTrailingSlash`).
function redirectToSlash(files: FastifyInstance, prefix: string): void {
  files.get('', { prefixTrailingSlash: 'no-slash' }, async ({ url }, reply) => {
    const [path, ...query] = url.split('?');
    if (path!.endsWith('/')) return reply.sendFile('index.html');
    const lastSegment = prefix.slice(prefix.lastIndexOf('/') + 1);
    return reply.redirect([`${lastSegment}/`, ...query].join('?'));
  });
}

// File names under assets/ contain a hash of their content, so the files never change.
function cacheControl(path: string): string {
  return path.startsWith(`assets${sep}`) ? `public, max-age=${YEAR_SECONDS}, immutable` : 'no-cache';
}

/** Returns the policy sources of the inline scripts of a page. */
export function inlineScripts(html: string): readonly string[] {
  const scripts = [...html.matchAll(/<script>(.*?)<\/script>/gs)];
  return scripts.map(([, text = '']) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`);
}

/** @param scripts policy sources of the inline scripts that may run */
export function contentSecurityPolicy(host: string | undefined, scripts: readonly string[]): string {
  // In older versions of Safari, 'self' does not include a WebSocket to the same host.
  const socketSources = host && /^[\w.:[\]-]+$/.test(host) ? ` ws://${host} wss://${host}` : '';
  const rules = [
    "default-src 'none'",
    `script-src ${["'self'", ...scripts].join(' ')}`,
    "style-src 'self'",
    "img-src 'self'",
    "font-src 'self'",
    `connect-src 'self'${socketSources}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ];
  return rules.join('; ');
}
