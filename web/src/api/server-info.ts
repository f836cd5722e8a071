// What GET /health says: which model answers, on which backend, with which cache; asked again until the
// models have loaded, after each new connection, because the server may have been started anew, and whenever the page has
// a reason to: models can be unloaded and loaded while it is open.

import { useEffect, useState } from 'react';
import { inBackground } from '../browser/in-background.ts';

export interface ModelInfo {
  readonly model: string;
  readonly architecture: string;
  readonly parameters: number;
  readonly contextLength: number;
  readonly backend: string;
  readonly cache: string;
  /** false: it completes texts and answers no chats; older servers do not say */
  readonly chatTemplate?: boolean;
  /** all that the server has, the default first; older servers have one and do not say */
  readonly models?: readonly ServedModel[];
}

export interface ServedModel extends Partial<Omit<ModelInfo, 'models'>> {
  readonly name: string;
  readonly status: 'ready' | 'loading' | 'failed' | 'unloading' | 'unloaded';
}

/** What there is to choose from; empty where there is nothing to choose. */
export function modelsOf(server: ServerInfo): readonly ServedModel[] {
  const models = server.kind === 'ready' ? (server.info.models ?? []) : [];
  return models.length > 1 ? models : [];
}

/** The model that answers where `name` is asked for: the default one where the server has no such model. */
export function servedAs(info: ModelInfo, name: string | undefined): ServedModel {
  const { models = [] } = info;
  const served = models.find((one) => one.name === name) ?? models[0];
  return served ?? { name: info.model, status: 'ready' };
}

/** What is known of the model that answers where `name` is asked for; nothing while it is not loaded. */
export function infoOf(info: ModelInfo, name: string | undefined): ModelInfo | undefined {
  const served = servedAs(info, name);
  return served.status === 'ready' ? { ...info, ...served, model: served.name } : undefined;
}

export type ServerInfo =
  | { readonly kind: 'unknown' }
  | { readonly kind: 'loading' }
  | { readonly kind: 'ready'; readonly info: ModelInfo }
  | { readonly kind: 'failed'; readonly message: string };

const ASK_AGAIN_MS = 700;

/**
 * @param connected asks (again) whenever this becomes true
 * @param reason asks again whenever this changes
 */
export function useServerInfo(connected: boolean, reason: string): ServerInfo {
  const [info, setInfo] = useState<ServerInfo>({ kind: 'unknown' });
  // biome-ignore lint/correctness/useExhaustiveDependencies: another reason is what asks again
  useEffect(() => {
    if (!connected) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let ended = false;
    const ask = async (): Promise<void> => {
      const next = await askHealth();
      if (ended) return;
      if (next) setInfo(next);
      if (!next || isChanging(next)) timer = setTimeout(() => inBackground(ask()), ASK_AGAIN_MS);
    };
    inBackground(ask());
    return () => {
      ended = true;
      clearTimeout(timer);
    };
  }, [connected, reason]);
  return info;
}

const isChanging = (info: ServerInfo): boolean =>
  info.kind === 'loading' ||
  modelsOf(info).some(({ status }) => status === 'loading' || status === 'unloading');

/** Undefined when the server could not be asked. */
async function askHealth(): Promise<ServerInfo | undefined> {
  try {
    const response = await fetch('health');
    const body = await response.json();
    if (response.ok) return { kind: 'ready', info: body };
    if (response.status === 503) return { kind: 'loading' };
    return { kind: 'failed', message: body.error.message };
  } catch {
    return undefined;
  }
}
