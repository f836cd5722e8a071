// Binds the state of the conversation to a socket for as long as the page is shown.

import { useCallback, useEffect, useReducer, useRef } from 'react';
import { ChatConnection } from './chat-connection.ts';
import { type ChatState, chatReducer, initialChat } from './chat-state.ts';

export interface Chat {
  readonly state: ChatState;
  /** False when it could not be sent; the text is then still the caller's. */
  send(text: string): boolean;
  stop(): void;
  reset(): void;
  retryNow(): void;
}

export function useChat(): Chat {
  const [state, dispatch] = useReducer(chatReducer, initialChat);
  const connection = useRef<ChatConnection>(undefined);

  useEffect(() => {
    const url = new URL('/ws/chat', window.location.href.replace(/^http/, 'ws'));
    const live = new ChatConnection(url.href, {
      opened: () => dispatch({ type: 'opened' }),
      closed: () => dispatch({ type: 'closed' }),
      received: (event) => dispatch({ type: 'received', event }),
    });
    connection.current = live;
    const retry = (): void => live.retryNow();
    window.addEventListener('online', retry);
    document.addEventListener('visibilitychange', retry);
    return () => {
      window.removeEventListener('online', retry);
      document.removeEventListener('visibilitychange', retry);
      live.close();
    };
  }, []);

  const send = useCallback((text: string) => {
    const sent = connection.current?.send({ message: text }) ?? false;
    if (sent) dispatch({ type: 'sent', text });
    return sent;
  }, []);
  const stop = useCallback(() => {
    if (connection.current?.send({ cancel: true })) dispatch({ type: 'stopping' });
  }, []);
  const reset = useCallback(() => {
    connection.current?.send({ reset: true });
    dispatch({ type: 'resetting' });
  }, []);
  const retryNow = useCallback(() => connection.current?.retryNow(), []);

  return { state, send, stop, reset, retryNow };
}
