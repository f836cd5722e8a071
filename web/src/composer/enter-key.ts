// What Enter means. It also confirms what an input method proposes (Chinese, Japanese, Korean), and that must never
// send. Browsers tell the two apart in different ways: most set `isComposing`; Safari ends the composition before the
// key press and leaves only key code 229.

export interface KeyPress {
  readonly key: string;
  readonly keyCode: number;
  readonly isComposing: boolean;
  readonly shiftKey: boolean;
  readonly altKey: boolean;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
}

const KEY_CODE_OF_INPUT_METHOD = 229;

/**
 * Whether a key press ends what is written in a field of one line.
 * @param composing a composition has started and not ended, by the events of the text field
 */
export function confirms(press: KeyPress, composing: boolean): boolean {
  if (press.key !== 'Enter' || press.shiftKey || press.altKey) return false;
  return !composing && !press.isComposing && press.keyCode !== KEY_CODE_OF_INPUT_METHOD;
}

/**
 * Whether a key press sends a message.
 * @param touch on a touch screen Enter starts a line, because there is no other key for that, and a button sends
 */
export function sendsMessage(press: KeyPress, composing: boolean, touch: boolean): boolean {
  return confirms(press, composing) && (!touch || press.ctrlKey || press.metaKey);
}
