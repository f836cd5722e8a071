// The state of the server from GET /health: the models, the backend and the cache. It is polled until the models have
// loaded. It is fetched again after each reconnect, because the server may have been restarted. It is also fetched
// again when the caller changes the refresh key, because models can be loaded and unloaded while the page is open.

import { useEffect, useState } from 'react';
import { runInBackground } from '../browser/run-in-background.ts';

export interface ModelInfo {
  readonly model: string;
  readonly architecture: string;
  readonly parameters: number;
  readonly contextLength: number;
  readonly backend: string;
  readonly cache: string;
  /** false: the model completes text but cannot chat; absent from older servers */
  readonly chatTemplate?: boolean;
  /** all models of the server, the default first; absent from older servers, which have only one model */
  readonly models?: readonly ServedModel[];
}

export interface ServedModel extends Partial<Omit<ModelInfo, 'models'>> {
  readonly name: string;
  readonly status: 'ready' | 'loading' | 'failed' | 'unloading' | 'unloaded';
}

/** Returns the models to choose from; empty if there is only one. */
export function selectableModels(server: ServerInfo): readonly ServedModel[] {
  const models = server.kind === 'ready' ? (server.info.models ?? []) : [];
  return models.length > 1 ? models : [];
}

/** Returns the model that answers a request for `name`: the default model if the server has no such model. */
export function modelFor(info: ModelInfo, name: string | undefined): ServedModel {
  const { models = [] } = info;
  const servedModel = models.find((model) => model.name === name) ?? models[0];
  return servedModel ?? { name: info.model, status: 'ready' };
}

/** Returns the details of the model that answers a request for `name`; undefined while it is not loaded. */
export function modelInfoFor(info: ModelInfo, name: string | undefined): ModelInfo | undefined {
  const servedModel = modelFor(info, name);
  return servedModel.status === 'ready' ? { ...info, ...servedModel, model: servedModel.name } : undefined;
}

export type ServerInfo =
  | { readonly kind: 'unknown' }
  | { readonly kind: 'loading' }
  | { readonly kind: 'ready'; readonly info: ModelInfo }
  | { readonly kind: 'failed'; readonly message: string };

const POLL_MS = 700;

/**
 * Returns the state of the server.
 * @param connected the state is fetched whenever this becomes true
 * @param refreshKey the state is fetched again whenever this changes
 */
export function useServerInfo(connected: boolean, refreshKey: string): ServerInfo {
  const [info, setInfo] = useState<ServerInfo>({ kind: 'unknown' });
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new refresh key triggers another fetch
  useEffect(() => {
    if (!connected) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let ended = false;
    const fetchInfo = async (): Promise<void> => {
      const next = await fetchHealth();
      if (ended) return;
      if (next) setInfo(next);
      if (!next || isChanging(next)) timer = setTimeout(() => runInBackground(fetchInfo()), POLL_MS);
    };
    runInBackground(fetchInfo());
    return () => {
      ended = true;
      clearTimeout(timer);
    };
  }, [connected, refreshKey]);
  return info;
}

const isChanging = (info: ServerInfo): boolean =>
  info.kind === 'loading' ||
  selectableModels(info).some(({ status }) => status === 'loading' || status === 'unloading');

/** Resolves to undefined if the server could not be reached. */
async function fetchHealth(): Promise<ServerInfo | undefined> {
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
