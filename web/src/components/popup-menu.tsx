// A button and the menu that it opens, in the browser's top layer so that no scrolling list cuts it off. Arrow
// keys move in it, as people who use menus by keyboard expect.

import { type KeyboardEvent, type ReactNode, useId, useRef, useState } from 'react';

export interface MenuItem {
  readonly name: string;
  readonly harmful?: boolean;
  act(): void;
}

interface PopupMenuProps {
  readonly label: string;
  readonly icon: ReactNode;
  readonly items: readonly MenuItem[];
}

const GAP_PX = 4;

export function PopupMenu({ label, icon, items }: PopupMenuProps) {
  const id = useId();
  const button = useRef<HTMLButtonElement>(null);
  const menu = useRef<HTMLDivElement>(null);
  const [open, setOpen] = useState(false);
  const entries = (): HTMLElement[] => [...(menu.current?.querySelectorAll<HTMLElement>('button') ?? [])];
  const onToggle = (opened: boolean): void => {
    setOpen(opened);
    if (!opened || !button.current || !menu.current) return;
    place(menu.current, button.current);
    entries()[0]?.focus();
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const next = target(entries(), document.activeElement, event.key);
    if (!next) return;
    event.preventDefault();
    next.focus();
  };
  return (
    <>
      <button
        type="button"
        ref={button}
        className="icon-button menu-button"
        popoverTarget={id}
        aria-haspopup="menu"
        aria-expanded={open}
        aria-label={label}
        title={label}
      >
        {icon}
      </button>
      <div
        id={id}
        ref={menu}
        className="menu"
        popover="auto"
        role="menu"
        tabIndex={-1}
        aria-label={label}
        onToggle={(event) => onToggle(event.newState === 'open')}
        onKeyDown={onKeyDown}
      >
        {items.map(({ name, harmful, act }) => (
          <button
            key={name}
            type="button"
            role="menuitem"
            tabIndex={-1}
            className={harmful ? 'menu-item menu-item-harmful' : 'menu-item'}
            onClick={() => {
              menu.current?.hidePopover();
              act();
            }}
          >
            {name}
          </button>
        ))}
      </div>
    </>
  );
}

/** Below the button and inside the window; above it where there is no room below. */
function place(menu: HTMLElement, button: HTMLElement): void {
  const at = button.getBoundingClientRect();
  const { width, height } = menu.getBoundingClientRect();
  const below = at.bottom + GAP_PX + height <= window.innerHeight;
  menu.style.top = `${Math.max(GAP_PX, below ? at.bottom + GAP_PX : at.top - GAP_PX - height)}px`;
  menu.style.left = `${Math.max(GAP_PX, Math.min(at.left, window.innerWidth - width - GAP_PX))}px`;
}

/** The entry that a key goes to. */
function target(
  entries: readonly HTMLElement[],
  focused: Element | null,
  key: string,
): HTMLElement | undefined {
  const index = entries.indexOf(focused as HTMLElement);
  if (key === 'ArrowDown') return entries[(index + 1) % entries.length];
  if (key === 'ArrowUp') return entries.at(index <= 0 ? -1 : index - 1);
  if (key === 'Home') return entries[0];
  return key === 'End' ? entries.at(-1) : undefined;
}
