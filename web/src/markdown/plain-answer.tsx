// A text of a model that is not drawn as Markdown: as it was written.

export function PlainAnswer({ text }: { readonly text: string }) {
  return (
    <p className="plain-answer" dir="auto">
      {text}
    </p>
  );
}
