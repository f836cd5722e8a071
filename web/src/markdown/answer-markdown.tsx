// What a model wrote, as Markdown with formulas. It is never trusted: HTML shows as text, links open apart and tell
// nothing about this page, addresses other than http, https and mailto are dropped, and no image is loaded.

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
import { isDrawable } from './is-drawable.ts';
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
  img: ({ alt }) => <ImageName alt={alt} />,
  pre: ({ node, children }) => {
    const { code, language } = codeOf(node);
    return code === undefined ? <pre>{children}</pre> : <CodeBlock code={code} language={language} />;
  },
  table: ({ children, dir }) => (
    <div className="table-scroll" dir={dir}>
      <table>{children}</table>
    </div>
  ),
  // Written for a program: its letters run from left to right whatever stands around it.
  code: ({ children }) => <code dir="ltr">{children}</code>,
  [FORMULA_ELEMENT]: ({ source, value, display }: ComponentProps<typeof Formula>) => (
    <Formula source={source} value={value} display={display} />
  ),
} as Components;

export const AnswerMarkdown = memo(function AnswerMarkdown({ text }: { readonly text: string }) {
  if (!isDrawable(text)) return <PlainAnswer text={text} />;
  // Made anew for each text, because where its formulas stand belongs to it.
  const plugins: PluggableList = [remarkGfm, remarkBreaks, [remarkFormulas, findFormulas(text)]];
  return (
    <Markdown
      remarkPlugins={plugins}
      rehypePlugins={REHYPE_PLUGINS}
      components={COMPONENTS}
      urlTransform={safeAddress}
    >
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

/** The code in a `pre`, and what its language is called. */
function codeOf(pre: ExtraProps['node']): { code: string | undefined; language: string } {
  const inner = pre?.children.find((child): child is Element => child.type === 'element');
  const [text] = inner?.children ?? [];
  const classes = inner?.properties.className;
  const named = Array.isArray(classes) ? String(classes[0] ?? '') : '';
  const code = text?.type === 'text' ? text.value.replace(/\n$/, '') : undefined;
  return { code, language: named.replace(/^language-/, '') };
}

/** The address, or undefined when it is not one to open: relative ones would lead back into this page. */
function safeAddress(address: string): string | undefined {
  return /^(https?:\/\/|mailto:)/i.test(address) ? address : undefined;
}
