// Decides which web pages may use the server. Browsers let any page connect to any WebSocket, so a page on the internet could
// use the model on this machine; only the header `Origin` identifies it. It must name the same host as `Host`. That alone would
// accept a foreign name that resolves to 127.0.0.1 (DNS rebinding), so a server on the loopback address also requires a
// loopback name.

import { QuireError } from '../../../base/errors.ts';

export interface OriginRequest {
  /** the header `Origin`; only browsers send it */
  readonly origin: string | undefined;
  /** the header `Host` */
  readonly host: string | undefined;
  /** the server listens on a loopback address only */
  readonly loopback: boolean;
  /** further allowed origins, as `parseAllowedOrigin` returns them */
  readonly allowed: readonly string[];
}

/** Whether a page may send requests and open sockets. */
export function isOriginAllowed({ origin, host, loopback, allowed }: OriginRequest): boolean {
  if (origin === undefined) return true;
  if (allowed.some((rule) => matches(rule, origin))) return true;
  const page = parseUrl(origin);
  if (!page) return false;
  const server = parseUrl(`${page.protocol}//${host ?? ''}`);
  if (!server || server.host !== page.host) return false;
  return !loopback || isLoopbackName(page.hostname);
}

function matches(rule: string, origin: string): boolean {
  const normalized = normalizeOrigin(origin);
  if (normalized === undefined) return false;
  return rule.endsWith('//*') ? normalized.startsWith(rule.slice(0, -1)) : normalized === rule;
}

/**
 * Parses an origin that an operator allows, and returns it as browsers send it: `https://chat.example`, `tauri://localhost`, or
 * `moz-extension://*` for all pages of an app's scheme, whose hosts differ between installations. Throws `bad_option` for a
 * value that no browser sends.
 */
export function parseAllowedOrigin(text: string): string {
  const bare = text.trim().replace(/\/$/, '');
  if (bare === '*')
    throw badOrigin(text, 'name each origin: with "*" any page that you visit could use the server');
  const scheme = /^([a-z][a-z0-9+.-]*):\/\/\*$/i.exec(bare)?.[1]?.toLowerCase();
  if (scheme !== undefined) {
    if (!/^(https?|wss?|file|ftp|data|blob|javascript)$/.test(scheme)) return `${scheme}://*`;
    throw badOrigin(text, 'name each origin: SCHEME://* is accepted for apps and extensions only');
  }
  if (/^wss?:/i.test(bare)) throw badOrigin(text, 'use the http:// or https:// origin of the page');
  const origin = normalizeOrigin(bare);
  if (origin !== undefined) return origin;
  const hint = /^[a-z][a-z0-9+.-]*:\/\//i.test(bare)
    ? 'use only a scheme, a host and optionally a port'
    : 'include the scheme, for example https://chat.example';
  throw badOrigin(text, hint);
}

const badOrigin = (text: string, hint: string): QuireError =>
  new QuireError('bad_option', `${JSON.stringify(text.slice(0, 100))} is not an origin`, hint);

/** Returns an origin in lower case and without the default port, or undefined for a text that is not an origin. */
function normalizeOrigin(text: string): string | undefined {
  if (text === 'null') return text; // sent by local files and sandboxed frames
  const [, scheme = '', host = ''] = /^([a-z][a-z0-9+.-]*):\/\/([^\s/?#@\\*]+)$/i.exec(text) ?? [];
  if (host === '') return undefined;
  const lower = scheme.toLowerCase();
  if (lower === 'http' || lower === 'https') return URL.canParse(text) ? new URL(text).origin : undefined;
  return `${lower}://${host.toLowerCase()}`;
}

/** Whether a host name or address refers to this machine. */
export function isLoopbackName(name: string): boolean {
  const bare = name.replace(/^\[|\]$/g, '');
  return (
    bare === 'localhost' || bare.endsWith('.localhost') || bare === '::1' || /^127(\.\d+){3}$/.test(bare)
  );
}

function parseUrl(text: string): URL | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url && /^https?:$/.test(url.protocol) ? url : undefined;
}
