// A button with an icon only. Its label is read by screen readers and shown as a tooltip.

import type { ReactNode, RefObject } from 'react';

interface IconButtonProps {
  readonly label: string;
  readonly children: ReactNode;
  readonly className?: string;
  readonly disabled?: boolean;
  readonly expanded?: boolean;
  readonly ref?: RefObject<HTMLButtonElement | null>;
  onClick(): void;
}

export function IconButton({
  label,
  children,
  className,
  disabled,
  expanded,
  ref,
  onClick,
}: IconButtonProps) {
  return (
    <button
      type="button"
      ref={ref}
      className={className ? `icon-button ${className}` : 'icon-button'}
      disabled={disabled}
      aria-expanded={expanded}
      aria-label={label}
      title={label}
      onClick={onClick}
    >
      {children}
    </button>
  );
}
