/** Markup that cannot be read; the message says at which byte. */
export class MarkupError extends Error {}

/** The byte at which a place of a text lies in UTF-8. */
export const byteAt = (text: string, at: number): number => Buffer.byteLength(text.slice(0, at))
