// Whether fingers are what mostly points here: such a device has no Shift + Enter, and its keyboard covers half of the
// page as soon as a field has the focus.

export const byTouch = (): boolean => window.matchMedia('(pointer: coarse)').matches;
