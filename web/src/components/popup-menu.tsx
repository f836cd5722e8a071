// A button and its menu. The Popover API of the browser puts the menu into the top layer, so that no scrolling list clips it.
// The API also closes the menu on Escape and on a click outside, and returns the focus to the button. This file positions the
// menu and handles its keys: arrows, Home, End, Tab, and the first letter of an item.

import { type KeyboardEvent, type ReactNode, useId, useRef, useState } from 'react';

export interface MenuItem {
  readonly label: string;
  readonly destructive?: boolean;
  onSelect(): void;
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
  const itemElements = (): HTMLElement[] => [
    ...(menu.current?.querySelectorAll<HTMLElement>('button') ?? []),
  ];
  const onToggle = (opened: boolean): void => {
    setOpen(opened);
    if (!opened || !button.current || !menu.current) return;
    positionMenu(menu.current, button.current);
    itemElements()[0]?.focus();
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === 'Tab') {
      // The focus returns to the button, and the browser then moves it to the next element.
      menu.current?.hidePopover();
      return;
    }
    const next = itemForKey(itemElements(), document.activeElement, event.key);
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
        {items.map(({ label, destructive, onSelect }) => (
          <button
            key={label}
            type="button"
            role="menuitem"
            tabIndex={-1}
            className={destructive ? 'menu-item menu-item-destructive' : 'menu-item'}
            onClick={() => {
              menu.current?.hidePopover();
              onSelect();
            }}
          >
            {label}
          </button>
        ))}
      </div>
    </>
  );
}

/** Positions the menu inside the window: below the button, or above it if there is no space below. */
function positionMenu(menu: HTMLElement, button: HTMLElement): void {
  const anchor = button.getBoundingClientRect();
  const { width, height } = menu.getBoundingClientRect();
  const fitsBelow = anchor.bottom + GAP_PX + height <= window.innerHeight;
  menu.style.top = `${Math.max(GAP_PX, fitsBelow ? anchor.bottom + GAP_PX : anchor.top - GAP_PX - height)}px`;
  menu.style.left = `${Math.max(GAP_PX, Math.min(anchor.left, window.innerWidth - width - GAP_PX))}px`;
}

/** Returns the item that a key moves the focus to. */
function itemForKey(
  items: readonly HTMLElement[],
  focused: Element | null,
  key: string,
): HTMLElement | undefined {
  const index = items.indexOf(focused as HTMLElement);
  if (key === 'ArrowDown') return items[(index + 1) % items.length];
  if (key === 'ArrowUp') return items.at(index <= 0 ? -1 : index - 1);
  if (key === 'Home') return items[0];
  if (key === 'End') return items.at(-1);
  // A letter moves to the next item that starts with it.
  const following = [...items.slice(index + 1), ...items.slice(0, index + 1)];
  const letter = key.trim().length === 1 ? key.toLowerCase() : undefined;
  return following.find((item) => letter && item.textContent.toLowerCase().startsWith(letter));
}
