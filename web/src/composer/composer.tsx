// The box to write in. Enter sends, Shift + Enter starts a line, Enter of an input method does neither; on a touch
// screen Enter starts a line and the button sends. While an answer runs the button stops it, and one may already write
// the next message.

import {
  type KeyboardEvent,
  type RefObject,
  type SubmitEvent,
  useEffect,
  useLayoutEffect,
  useRef,
} from 'react';
import { byTouch } from '../browser/touch-screen.ts';
import { ArrowUpIcon, StopIcon } from '../components/icons.tsx';
import type { Turn } from '../state/turn.ts';
import { languageOf, useTexts } from '../texts/language.ts';
import { sendsMessage } from './enter-key.ts';

interface ComposerProps {
  readonly input: RefObject<HTMLTextAreaElement | null>;
  readonly draft: string;
  onDraft(text: string): void;
  /** false leaves the text in the box */
  onSend(text: string): boolean;
  onStop(): void;
  readonly running: Turn | undefined;
  readonly connected: boolean;
}

export function Composer({ input, draft, onDraft, onSend, onStop, running, connected }: ComposerProps) {
  const texts = useTexts();
  const composing = useRef(false);
  const ready = connected && !running && draft.trim() !== '';
  useGrowingHeight(input, draft);
  useStopByEscape(running !== undefined, onStop);
  useEffect(() => {
    if (!byTouch()) input.current?.focus();
  }, [input]);

  const submit = (): void => {
    if (ready && onSend(draft.trim())) onDraft('');
  };
  const onSubmit = (event: SubmitEvent): void => {
    event.preventDefault();
    submit();
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (!sendsMessage(event.nativeEvent, composing.current, byTouch())) return;
    event.preventDefault();
    submit();
  };

  const stop = (): void => {
    onStop();
    // The button goes with the answer.
    if (!byTouch()) input.current?.focus();
  };

  return (
    <form className="composer" onSubmit={onSubmit}>
      <label className="visually-hidden" htmlFor="message">
        {texts.inputLabel}
      </label>
      <textarea
        id="message"
        ref={input}
        rows={1}
        value={draft}
        lang={languageOf(draft)}
        dir="auto"
        placeholder={texts.inputPlaceholder}
        aria-describedby="message-hint"
        autoComplete="off"
        enterKeyHint={byTouch() ? 'enter' : 'send'}
        onChange={(event) => onDraft(event.target.value)}
        onKeyDown={onKeyDown}
        onCompositionStart={() => {
          composing.current = true;
        }}
        onCompositionEnd={() => {
          composing.current = false;
        }}
      />
      <span id="message-hint" className="visually-hidden">
        {byTouch() ? texts.inputHintTouch : texts.inputHint}
      </span>
      {/* Two elements: a press on "Stop" that is let go after the end of the answer must not send what is in the box. */}
      {running ? (
        <button
          key="stop"
          type="button"
          className="round-button round-button-stop"
          onClick={stop}
          disabled={running.stopping === true || !connected}
          aria-label={texts.stop}
          title={`${texts.stop} (Esc)`}
        >
          <StopIcon />
        </button>
      ) : (
        <button
          key="send"
          type="submit"
          className="round-button"
          disabled={!ready}
          aria-label={texts.send}
          title={texts.send}
        >
          <ArrowUpIcon />
        </button>
      )}
    </form>
  );
}

/** Grows the field with its text; the style sheet sets the limit. */
function useGrowingHeight(input: RefObject<HTMLTextAreaElement | null>, text: string): void {
  // biome-ignore lint/correctness/useExhaustiveDependencies: the height follows from the text in the field
  useLayoutEffect(() => {
    const field = input.current;
    if (!field) return;
    field.style.height = 'auto';
    field.style.height = `${field.scrollHeight}px`;
  }, [input, text]);
}

function useStopByEscape(running: boolean, onStop: () => void): void {
  useEffect(() => {
    if (!running) return;
    const onKey = (event: globalThis.KeyboardEvent): void => {
      // Escape also closes what an input method proposes.
      if (event.key === 'Escape' && !event.isComposing && event.keyCode !== 229) onStop();
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [running, onStop]);
}
