// Who may open the chat socket from a browser. Browsers let any page connect to any WebSocket, so a page on
// the internet could talk to the model on this machine; only the header `Origin` tells it apart. It must
// name the same host as `Host`. That alone would let a foreign name through that was made to point at
// 127.0.0.1 (DNS rebinding), so a server on the loopback address also asks for a loopback name.

export interface OriginFacts {
  /** the header `Origin`; absent from clients that are no browsers */
  readonly origin: string | undefined;
  /** the header `Host` */
  readonly host: string | undefined;
  /** the server listens on a loopback address only */
  readonly loopback: boolean;
  /** further origins that may connect, for example `https://chat.example` */
  readonly allowed: readonly string[];
}

/** Whether a WebSocket may be opened. Pure, so that the rule can be read and tested by itself. */
export function mayConnect(facts: OriginFacts): boolean {
  if (facts.origin === undefined) return true;
  const origin = parseUrl(facts.origin);
  if (!origin) return false;
  if (facts.allowed.some((one) => parseUrl(one)?.origin === origin.origin)) return true;
  const host = parseUrl(`${origin.protocol}//${facts.host ?? ''}`);
  if (!host || host.host !== origin.host) return false;
  return !facts.loopback || isLoopbackName(origin.hostname);
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
