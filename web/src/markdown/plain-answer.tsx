// Shows an answer as plain text if it is not rendered as Markdown.

export function PlainAnswer({ text }: { readonly text: string }) {
  return (
    <p className="plain-answer" dir="auto">
      {text}
    </p>
  );
}
