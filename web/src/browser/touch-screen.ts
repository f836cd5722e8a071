// Detects a device that is mainly used by touch. Its on-screen keyboard has no Shift + Enter, and covers half of the page while
// a field has the focus.

export const isTouchScreen = (): boolean => window.matchMedia('(pointer: coarse)').matches;
