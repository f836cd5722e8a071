// Renders an answer as Markdown with formulas. Model output is untrusted: HTML is shown as text, links open in a new tab
// without a referrer, URLs other than http, https and mailto are dropped, and no image is loaded.

import type { Element } from 'hast';
import { type ComponentProps, memo } from 'react';
import Markdown, { type Components, type ExtraProps } from 'react-markdown';
import remarkBreaks from 'remark-breaks';
import remarkGfm from 'remark-gfm';
import type { PluggableList } from 'unified';
import { useTexts } from '../texts/language.ts';
import { CodeBlock } from './code-block.tsx';
import { findFormulas } from './find-formulas.ts';
import { Formula } from './formula.tsx';
import { isRenderable } from './is-renderable.ts';
import { PlainAnswer } from './plain-answer.tsx';
import { rehypeAnswer } from './rehype-answer.ts';
import { FORMULA_ELEMENT, remarkFormulas } from './remark-formulas.ts';

const REHYPE_PLUGINS = [rehypeAnswer];

const COMPONENTS = {
  a: ({ href, title, children }) =>
    href ? (
      <a href={href} title={title} target="_blank" rel="noopener noreferrer nofollow">
        {children}
      </a>
    ) : (
      <span>{children}</span>
    ),
  img: ({ alt }) => <ImagePlaceholder alt={alt} />,
  pre: ({ node, children }) => {
    const { code, language } = codeOf(node);
    return code === undefined ? <pre>{children}</pre> : <CodeBlock code={code} language={language} />;
  },
  table: ({ children, dir }) => (
    <div className="table-scroll" dir={dir}>
      <table>{children}</table>
    </div>
  ),
  // Code is always laid out from left to right.
  code: ({ children }) => <code dir="ltr">{children}</code>,
  [FORMULA_ELEMENT]: ({ source, value, display }: ComponentProps<typeof Formula>) => (
    <Formula source={source} value={value} display={display} />
  ),
} as Components;

export const AnswerMarkdown = memo(function AnswerMarkdown({ text }: { readonly text: string }) {
  if (!isRenderable(text)) return <PlainAnswer text={text} />;
  // The plugin list contains the offsets of the formulas, so it depends on the text.
  const plugins: PluggableList = [remarkGfm, remarkBreaks, [remarkFormulas, findFormulas(text)]];
  return (
    <Markdown
      remarkPlugins={plugins}
      rehypePlugins={REHYPE_PLUGINS}
      components={COMPONENTS}
      urlTransform={safeUrl}
    >
      {text}
    </Markdown>
  );
});

function ImagePlaceholder({ alt }: { readonly alt: string | undefined }) {
  const texts = useTexts();
  return (
    <span className="image-name">
      {alt ? `${alt} ` : ''}({texts.remoteImage})
    </span>
  );
}

/** Returns the code of a `pre` element and the name of its language. */
function codeOf(pre: ExtraProps['node']): { code: string | undefined; language: string } {
  const codeElement = pre?.children.find((child): child is Element => child.type === 'element');
  const [text] = codeElement?.children ?? [];
  const classes = codeElement?.properties.className;
  const className = Array.isArray(classes) ? String(classes[0] ?? '') : '';
  const code = text?.type === 'text' ? text.value.replace(/\n$/, '') : undefined;
  return { code, language: className.replace(/^language-/, '') };
}

/** Returns the URL, or undefined if it must not be opened. A relative URL would lead back to this page. */
function safeUrl(url: string): string | undefined {
  return /^(https?:\/\/|mailto:)/i.test(url) ? url : undefined;
}
