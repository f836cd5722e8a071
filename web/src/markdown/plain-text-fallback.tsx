// Shows an answer as plain text if rendering it as Markdown throws, so that one answer cannot break the page.

import { Component, type ReactNode } from 'react';
import { PlainAnswer } from './plain-answer.tsx';

interface PlainTextFallbackProps {
  readonly text: string;
  readonly children: ReactNode;
}

interface PlainTextFallbackState {
  readonly text: string;
  readonly failed: boolean;
}

export class PlainTextFallback extends Component<PlainTextFallbackProps, PlainTextFallbackState> {
  override state: PlainTextFallbackState = { text: this.props.text, failed: false };

  static getDerivedStateFromError(): Partial<PlainTextFallbackState> {
    return { failed: true };
  }

  /** Tries Markdown again if the text has changed. */
  static getDerivedStateFromProps(
    { text }: PlainTextFallbackProps,
    state: PlainTextFallbackState,
  ): PlainTextFallbackState | null {
    return text === state.text ? null : { text, failed: false };
  }

  override render(): ReactNode {
    if (!this.state.failed) return this.props.children;
    return <PlainAnswer text={this.props.text} />;
  }
}
