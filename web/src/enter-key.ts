// Whether a key press sends the message. Enter also confirms what an input method proposes (Chinese,
// Japanese, Korean), and that must never send. Browsers tell the two apart in different ways: most set
// `isComposing`; Safari ends the composition before the key press and leaves only key code 229.

export interface KeyPress {
  readonly key: string;
  readonly keyCode: number;
  readonly isComposing: boolean;
  readonly shiftKey: boolean;
  readonly altKey: boolean;
}

const KEY_CODE_OF_INPUT_METHOD = 229;

/** @param composing a composition has started and not ended, by the events of the text field */
export function sendsMessage(press: KeyPress, composing: boolean): boolean {
  if (press.key !== 'Enter' || press.shiftKey || press.altKey) return false;
  return !composing && !press.isComposing && press.keyCode !== KEY_CODE_OF_INPUT_METHOD;
}
