// The few signs of the page, drawn in the colour of the text around them.

import type { ReactNode } from 'react';

function Icon({ children }: { readonly children: ReactNode }) {
  return (
    <svg
      className="icon"
      viewBox="0 0 20 20"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.7"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      {children}
    </svg>
  );
}

export const ArrowUpIcon = () => (
  <Icon>
    <path d="M10 16V4.500M5 9.200l5-5 5 5" />
  </Icon>
);

export const ArrowDownIcon = () => (
  <Icon>
    <path d="M10 4v11.500M5 10.800l5 5 5-5" />
  </Icon>
);

export const StopIcon = () => (
  <Icon>
    <rect x="5.5" y="5.5" width="9" height="9" rx="1.5" fill="currentColor" stroke="none" />
  </Icon>
);

export const CopyIcon = () => (
  <Icon>
    <rect x="7.5" y="7.5" width="9" height="9" rx="2" />
    <path d="M12.5 4.800a1.8 1.8 0 0 0-1.8-1.300H5.300a1.8 1.8 0 0 0-1.8 1.800v5.400c0 .8.6 1.5 1.3 1.8" />
  </Icon>
);

export const CheckIcon = () => (
  <Icon>
    <path d="m4.5 10.5 3.7 3.7 7.3-8" />
  </Icon>
);

export const NewIcon = () => (
  <Icon>
    <path d="M10 4v12M4 10h12" />
  </Icon>
);

/** A quire: folded sheets, one in the other. */
export const QuireMark = () => (
  <svg className="mark" viewBox="0 0 32 32" fill="none" aria-hidden="true">
    <path className="mark-left" d="M16 8.200C12.8 5.6 8.6 4.7 3.5 5v19.500c5.1-.3 9.3.6 12.5 3.200z" />
    <path className="mark-right" d="M16 8.200c3.2-2.6 7.4-3.5 12.5-3.200v19.500c-5.1-.3-9.3.6-12.5 3.200z" />
  </svg>
);
