// Decides which web pages may use the server. Browsers let any page connect to any WebSocket, so a page on the internet could
// use the model on this machine. Only the header `Origin` identifies the page, and it must contain the same host as `Host`. A
// foreign name that resolves to 127.0.0.1 (DNS rebinding) would pass this check. Therefore a server on the loopback address
// also requires that the host is a loopback name.

import { QuireError } from '../../../base/errors.ts';

export interface OriginRequest {
  /** the header `Origin`; only browsers send it */
  readonly origin: string | undefined;
  /** the header `Host` */
  readonly host: string | undefined;
  /** whether the server listens on a loopback address only */
  readonly loopback: boolean;
  /** further allowed origins, as `parseAllowedOrigin` returns them */
  readonly allowed: readonly string[];
}

/** Whether the page of a request may send requests and open sockets; true if the request was not sent by a page. */
export function isOriginAllowed({ origin, host, loopback, allowed }: OriginRequest): boolean {
  if (origin === undefined) return true;
  if (allowed.some((rule) => matches(rule, origin))) return true;
  const pageUrl = parseUrl(origin);
  if (!pageUrl) return false;
  const serverUrl = parseUrl(`${pageUrl.protocol}//${host ?? ''}`);
  if (!serverUrl || serverUrl.host !== pageUrl.host) return false;
  return !loopback || isLoopbackName(pageUrl.hostname);
}

function matches(rule: string, origin: string): boolean {
  const normalized = normalizeOrigin(origin);
  if (normalized === undefined) return false;
  return rule.endsWith('//*') ? normalized.startsWith(rule.slice(0, -1)) : normalized === rule;
}

/**
 * Parses an origin that an operator allows, and returns the form that browsers send: `https://chat.example` or
 * `tauri://localhost`. `moz-extension://*` stands for all pages with the scheme of an app, because their hosts differ between
 * installations. Throws `bad_option` for a value that no browser sends.
 */
export function parseAllowedOrigin(text: string): string {
  const trimmed = text.trim().replace(/\/$/, '');
  if (trimmed === '*')
    throw originError(text, 'name each origin: with "*", any page that you open could use the server');
  const scheme = /^([a-z][a-z0-9+.-]*):\/\/\*$/i.exec(trimmed)?.[1]?.toLowerCase();
  if (scheme !== undefined) {
    if (!/^(https?|wss?|file|ftp|data|blob|javascript)$/.test(scheme)) return `${scheme}://*`;
    throw originError(text, 'name each origin: SCHEME://* is accepted for apps and extensions only');
  }
  if (/^wss?:/i.test(trimmed)) throw originError(text, 'use the http:// or https:// origin of the page');
  const origin = normalizeOrigin(trimmed);
  if (origin !== undefined) return origin;
  const hint = /^[a-z][a-z0-9+.-]*:\/\//i.test(trimmed)
    ? 'use only a scheme, a host and optionally a port'
    : 'include the scheme, for example https://chat.example';
  throw originError(text, hint);
}

const originError = (text: string, hint: string): QuireError =>
  new QuireError('bad_option', `${JSON.stringify(text.slice(0, 100))} is not an origin`, hint);

/** Returns an origin in lower case and without the default port, or undefined if `text` is not an origin. */
function normalizeOrigin(text: string): string | undefined {
  if (text === 'null') return text; // sent by local files and sandboxed frames
  const [, scheme = '', host = ''] = /^([a-z][a-z0-9+.-]*):\/\/([^\s/?#@\\*]+)$/i.exec(text) ?? [];
  if (host === '') return undefined;
  const lowerScheme = scheme.toLowerCase();
  if (lowerScheme === 'http' || lowerScheme === 'https')
    return URL.canParse(text) ? new URL(text).origin : undefined;
  return `${lowerScheme}://${host.toLowerCase()}`;
}

/** Whether a host name or address refers to this machine. */
export function isLoopbackName(name: string): boolean {
  const unbracketed = name.replace(/^\[|\]$/g, '');
  return (
    unbracketed === 'localhost' ||
    unbracketed.endsWith('.localhost') ||
    unbracketed === '::1' ||
    /^127(\.\d+){3}$/.test(unbracketed)
  );
}

function parseUrl(text: string): URL | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url && /^https?:$/.test(url.protocol) ? url : undefined;
}
