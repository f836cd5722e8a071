// Whether the device is mainly used by touch. It then has no Shift + Enter, and its on-screen keyboard covers half of the page
// while a field has the focus.

export const isTouchScreen = (): boolean => window.matchMedia('(pointer: coarse)').matches;
