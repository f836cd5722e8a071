// A button that is only a sign; its name is read out and shown when the pointer rests on it.

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
