// The icons of the page, drawn in the current text colour.

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

export const ImportIcon = () => (
  <Icon>
    <path d="M10 3.500v8.500M6.300 8.500l3.700 3.700 3.700-3.700M4 13v2.200A1.3 1.3 0 0 0 5.300 16.500h9.400a1.3 1.3 0 0 0 1.300-1.300V13" />
  </Icon>
);

export const PlusIcon = () => (
  <Icon>
    <path d="M10 4v12M4 10h12" />
  </Icon>
);

export const SidebarIcon = () => (
  <Icon>
    <rect x="3" y="4" width="14" height="12" rx="2" />
    <path d="M8 4v12" />
  </Icon>
);

export const SearchIcon = () => (
  <Icon>
    <circle cx="9" cy="9" r="4.8" />
    <path d="m12.700 12.700 3.600 3.600" />
  </Icon>
);

export const MoreIcon = () => (
  <Icon>
    <path d="M5 10h.01M10 10h.01M15 10h.01" strokeWidth="2.4" />
  </Icon>
);

export const CloseIcon = () => (
  <Icon>
    <path d="m5.500 5.500 9 9M14.500 5.500l-9 9" />
  </Icon>
);

export const SettingsIcon = () => (
  <Icon>
    <path d="M3.500 6.500h7M14.500 6.500h2M3.500 13.500h2M9.500 13.500h7" />
    <circle cx="12.5" cy="6.500" r="1.900" />
    <circle cx="7.5" cy="13.500" r="1.900" />
  </Icon>
);

export const RegenerateIcon = () => (
  <Icon>
    <path d="M15.800 8.200A6.200 6.200 0 1 0 16 11.500M16 4.500v3.900h-3.900" />
  </Icon>
);

export const EditIcon = () => (
  <Icon>
    <path d="m4 16 .7-3.300 8.200-8.200a1.700 1.700 0 0 1 2.500 2.500l-8.200 8.300z" />
  </Icon>
);

export const ForkIcon = () => (
  <Icon>
    <circle cx="6" cy="5" r="1.700" />
    <circle cx="6" cy="15" r="1.700" />
    <circle cx="14" cy="7.500" r="1.700" />
    <path d="M6 6.700v6.600M14 9.200c0 2.500-4 2-7 3.800" />
  </Icon>
);

export const BackIcon = () => (
  <Icon>
    <path d="m12 5-5 5 5 5" />
  </Icon>
);

export const ForwardIcon = () => (
  <Icon>
    <path d="m8 5 5 5-5 5" />
  </Icon>
);

/** The logo: a quire, which is a set of folded sheets placed inside each other. */
export const QuireMark = () => (
  <svg className="mark" viewBox="0 0 32 32" fill="none" aria-hidden="true">
    <path className="mark-left" d="M16 8.200C12.8 5.6 8.6 4.7 3.5 5v19.500c5.1-.3 9.3.6 12.5 3.200z" />
    <path className="mark-right" d="M16 8.200c3.2-2.6 7.4-3.5 12.5-3.200v19.500c-5.1-.3-9.3.6-12.5 3.200z" />
  </svg>
);
