import type { Rich, Run } from '../../src/core/runs.ts'
import { nobody, type Pointing } from './mentions-out.ts'
import { bodyText } from './text.ts'

/** A text as Matrix wants it: plain, and formatted where there is anything to format. */
export interface Formatted {
  readonly body: string
  readonly format?: 'org.matrix.custom.html'
  readonly formatted_body?: string
}

/** An event has at most 65536 bytes: with more markup there would hardly be room for the plain text beside it. */
const largestHtml = 40_000

/**
 * Runs as a Matrix body. Every character of a run is escaped: only the tags written here are ever markup, and only
 * absolute http and https addresses and the users of `pointing` become links. Formatting that would not fit into an event
 * is left out.
 */
export function formatted(rich: Rich, pointing: Pointing = nobody): Formatted {
  const parts = grouped(rich)
  const body = parts.map(plainPart).join('')
  if (!rich.some((run) => isFormatted(run, pointing))) return { body }
  const html = parts.map((part) => htmlPart(part, pointing)).join('')
  if (Buffer.byteLength(html) > largestHtml) return { body }
  return { body, format: 'org.matrix.custom.html', formatted_body: html }
}

const isFormatted = (run: Run, pointing: Pointing): boolean =>
  Boolean(run.bold || run.italic || run.strike || run.code || run.quote) ||
  linkOf(run, pointing) !== undefined

/** Text that means itself in HTML, in an element or in a quoted attribute. */
export function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;')
}

/** Runs that stand together: quoted ones that follow each other are one quotation. */
interface Part {
  readonly quote: boolean
  readonly runs: readonly Run[]
}

function grouped(rich: Rich): readonly Part[] {
  const parts: { quote: boolean; runs: Run[] }[] = []
  for (const run of rich) {
    const quote = run.quote === true
    const last = parts.at(-1)
    if (last?.quote === quote) last.runs.push(run)
    else parts.push({ quote, runs: [run] })
  }
  return parts
}

function plainPart({ quote, runs }: Part): string {
  const text = runs.map(plainRun).join('')
  return quote ? `${text.replace(/\n$/, '').replace(/^/gm, '> ')}\n` : text
}

function plainRun(run: Run): string {
  const text = bodyText(run.text)
  const href = link(run)
  if (!href || href === text || run.href === run.text) return text
  // As it was written, which people can read, and which is not three times as long in Chinese.
  return `${text} (${isOneWord.test(run.href ?? '') ? run.href : href})`
}

const isOneWord = /^[^\s\p{C}]+$/u

function htmlPart({ quote, runs }: Part, pointing: Pointing): string {
  const html = runs.map((run) => htmlRun(run, pointing)).join('')
  return quote ? `<blockquote>${html.replace(/<br>$/, '')}</blockquote>` : html
}

function htmlRun(run: Run, pointing: Pointing): string {
  const text = bodyText(run.text)
  // A block of its own, which nothing that stands in a line may hold.
  if (run.code && text.includes('\n')) return `<pre><code>${escapeHtml(text)}</code></pre>`
  let html = escapeHtml(text).replaceAll('\n', '<br>')
  if (run.code) html = `<code>${html}</code>`
  const href = linkOf(run, pointing)
  if (href) html = `<a href="${escapeHtml(href)}">${html}</a>`
  if (run.strike) html = `<del>${html}</del>`
  if (run.bold) html = `<strong>${html}</strong>`
  return run.italic ? `<em>${html}</em>` : html
}

/** Where a run leads: to the user it names (clients show that as a pill), else to its address. */
function linkOf(run: Run, { userOf }: Pointing): string | undefined {
  const user = run.mention && userOf(run.mention)
  return user === undefined ? link(run) : `https://matrix.to/#/${userLink(user)}`
}

/** As clients write it, so that they know it again: only what an address cannot hold is escaped. */
const userLink = (user: string) =>
  encodeURIComponent(user).replace(/%40/g, '@').replace(/%3A/g, ':')

function link(run: Run): string | undefined {
  if (!run.href || !URL.canParse(run.href)) return undefined
  const url = new URL(run.href)
  return url.protocol === 'https:' || url.protocol === 'http:' ? url.href : undefined
}
