// A text that cannot be drawn as Markdown is shown as it is: a fault in drawing one answer must not take the page away.

import { Component, type ReactNode } from 'react';
import { PlainAnswer } from './plain-answer.tsx';

interface PlainOnErrorProps {
  readonly text: string;
  readonly children: ReactNode;
}

interface PlainOnErrorState {
  readonly text: string;
  readonly failed: boolean;
}

export class PlainOnError extends Component<PlainOnErrorProps, PlainOnErrorState> {
  override state: PlainOnErrorState = { text: this.props.text, failed: false };

  static getDerivedStateFromError(): Partial<PlainOnErrorState> {
    return { failed: true };
  }

  /** Another text is another try. */
  static getDerivedStateFromProps(
    { text }: PlainOnErrorProps,
    state: PlainOnErrorState,
  ): PlainOnErrorState | null {
    return text === state.text ? null : { text, failed: false };
  }

  override render(): ReactNode {
    if (!this.state.failed) return this.props.children;
    return <PlainAnswer text={this.props.text} />;
  }
}
