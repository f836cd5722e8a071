// Text from elsewhere (a model's answer, a title, a file's name, what a server said) on its way to a terminal or into a
// log that somebody will read in one. A terminal obeys control characters: they move the cursor, rename the window,
// or answer as if the user had typed. So they are shown as what they are instead.

const CONTROL = /(?![\n\t])\p{Cc}/gu;

/** `text` with its control characters as `\x1b`; line breaks and tabs stay. */
export const printable = (text: string): string =>
  text
    .replaceAll('\r\n', '\n')
    .replace(CONTROL, (control) => `\\x${control.charCodeAt(0).toString(16).padStart(2, '0')}`);

/** The same for JSON, which has escapes of its own: JSON itself escapes the controls below 32 only. */
export const printableJson = (json: string): string =>
  json.replace(/[\x7f-\x9f]/g, (control) => `\\u${control.charCodeAt(0).toString(16).padStart(4, '0')}`);
