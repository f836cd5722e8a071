// What a model wrote, as Markdown. It is never trusted: HTML shows as text, links open apart and tell
// nothing about this page, addresses other than http, https and mailto are dropped, and no image is loaded.

import { memo } from 'react';
import Markdown, { type Components } from 'react-markdown';
import remarkGfm from 'remark-gfm';
import { useTexts } from '../language.ts';

const PLUGINS = [remarkGfm];

const COMPONENTS: Components = {
  a: ({ href, title, children }) =>
    href ? (
      <a href={href} title={title} target="_blank" rel="noopener noreferrer nofollow">
        {children}
      </a>
    ) : (
      <span>{children}</span>
    ),
  img: ({ alt }) => <ImageName alt={alt} />,
  table: ({ children }) => (
    <div className="table-scroll">
      <table>{children}</table>
    </div>
  ),
};

export const AnswerMarkdown = memo(function AnswerMarkdown({ text }: { readonly text: string }) {
  return (
    <Markdown remarkPlugins={PLUGINS} components={COMPONENTS} urlTransform={safeAddress}>
      {text}
    </Markdown>
  );
});

function ImageName({ alt }: { readonly alt: string | undefined }) {
  const texts = useTexts();
  return (
    <span className="image-name">
      {alt ? `${alt} ` : ''}({texts.remoteImage})
    </span>
  );
}

/** The address, or undefined when it is not one to open: relative ones would lead back into this page. */
function safeAddress(address: string): string | undefined {
  return /^(https?:\/\/|mailto:)/i.test(address) ? address : undefined;
}
