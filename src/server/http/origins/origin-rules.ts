// Who may open the chat socket from a browser. Browsers let any page connect to any WebSocket, so a page on
// the internet could talk to the model on this machine; only the header `Origin` tells it apart. It must
// name the same host as `Host`. That alone would let a foreign name through that was made to point at
// 127.0.0.1 (DNS rebinding), so a server on the loopback address also asks for a loopback name.

import { QuireError } from '../../../base/errors.ts';

export interface OriginFacts {
  /** the header `Origin`; absent from clients that are no browsers */
  readonly origin: string | undefined;
  /** the header `Host` */
  readonly host: string | undefined;
  /** the server listens on a loopback address only */
  readonly loopback: boolean;
  /** further origins that may connect, as `allowedOrigin` gives them */
  readonly allowed: readonly string[];
}

/** Whether a WebSocket may be opened. Pure, so that the rule can be read and tested by itself. */
export function mayConnect(facts: OriginFacts): boolean {
  if (facts.origin === undefined) return true;
  if (facts.allowed.some((one) => isAllowed(one, facts.origin!))) return true;
  const origin = parseUrl(facts.origin);
  if (!origin) return false;
  const host = parseUrl(`${origin.protocol}//${facts.host ?? ''}`);
  if (!host || host.host !== origin.host) return false;
  return !facts.loopback || isLoopbackName(origin.hostname);
}

function isAllowed(allowed: string, origin: string): boolean {
  const given = originOf(origin);
  if (given === undefined) return false;
  return allowed.endsWith('//*') ? given.startsWith(allowed.slice(0, -1)) : given === allowed;
}

/**
 * An origin as somebody allows it, in the form that browsers send: `https://chat.example`, `tauri://localhost`, and
 * `moz-extension://*` for all pages of an app's scheme, whose names differ from machine to machine. Raises `bad_option`
 * for what no browser sends.
 */
export function allowedOrigin(text: string): string {
  const bare = text.trim().replace(/\/$/, '');
  if (bare === '*')
    throw badOrigin(text, 'name each origin: with "*" any page that you visit could use the server');
  const scheme = /^([a-z][a-z0-9+.-]*):\/\/\*$/i.exec(bare)?.[1]?.toLowerCase();
  if (scheme !== undefined) {
    if (!/^(https?|wss?|file|ftp|data|blob|javascript)$/.test(scheme)) return `${scheme}://*`;
    throw badOrigin(
      text,
      'name each origin: only the schemes of apps and extensions stand for all of theirs',
    );
  }
  if (/^wss?:/i.test(bare)) throw badOrigin(text, 'the origin of a page begins with http:// or https://');
  const origin = originOf(bare);
  if (origin !== undefined) return origin;
  const hint = /^[a-z][a-z0-9+.-]*:\/\//i.test(bare)
    ? 'it takes a scheme, a host and perhaps a port, and nothing after them'
    : 'it takes an origin with its scheme, such as https://chat.example';
  throw badOrigin(text, hint);
}

const badOrigin = (text: string, hint: string): QuireError =>
  new QuireError('bad_option', `${JSON.stringify(text.slice(0, 100))} is not an origin`, hint);

/** An origin in its one spelling: in lower case and without the usual port; undefined for what is none. */
function originOf(text: string): string | undefined {
  if (text === 'null') return text; // of files, and of frames in a sandbox
  const [, scheme = '', host = ''] = /^([a-z][a-z0-9+.-]*):\/\/([^\s/?#@\\*]+)$/i.exec(text) ?? [];
  if (host === '') return undefined;
  const lower = scheme.toLowerCase();
  if (lower === 'http' || lower === 'https') return URL.canParse(text) ? new URL(text).origin : undefined;
  return `${lower}://${host.toLowerCase()}`;
}

/** Whether a host name or address means this machine itself. */
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
