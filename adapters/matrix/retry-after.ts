/** Headers as node and undici give them. */
export type Headers = Readonly<Record<string, string | readonly string[] | undefined>>

/**
 * How long an answer asks to wait by its `Retry-After` header (RFC 9110 §10.2.3), in milliseconds: seconds, or a date,
 * which is taken from the answer's own `Date`, so that no clock need be right. Undefined: it does not say.
 */
export function retryAfter(headers: Headers): number | undefined {
  const said = headers['retry-after']
  if (typeof said !== 'string') return undefined
  if (/^\s*\d{1,9}\s*$/.test(said)) return Number(said) * 1000
  const sent = headers.date
  const ms = Date.parse(said) - Date.parse(typeof sent === 'string' ? sent : '')
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined
}
