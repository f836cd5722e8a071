// An answer as plain text, for a text that is not rendered as Markdown.

export function PlainAnswer({ text }: { readonly text: string }) {
  return (
    <p className="plain-answer" dir="auto">
      {text}
    </p>
  );
}
