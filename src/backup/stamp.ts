/** A moment as a name that every disk takes: `20260131T083000Z`. */
export const stamp = (at: number): string =>
  new Date(at).toISOString().replaceAll(/[-:]|\.\d+/g, '')
