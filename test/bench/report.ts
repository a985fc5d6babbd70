import type { Compared, Summary } from './measure.ts'

/** One line of a table. Without a peer it is a plain number. */
export interface Row {
  readonly what: string
  readonly unit: 'ms' | '/s' | 'MB/s' | 'MB' | ''
  readonly peer?: Summary
  readonly ours: Summary
  /** How many times slower than the peer. */
  readonly ratio?: number
  /** What must hold, of the ratio or else of our median: at most this, within the tolerance. */
  readonly atMost?: number
}

export interface Report {
  /** Sizes and counts: what was measured. */
  readonly about: string
  /** What the peer is. */
  readonly peer: string
  readonly rows: readonly Row[]
}

/**
 * A promise is broken when it is missed by more than this. Medians of interleaved rounds still move by some per cent
 * from run to run on a busy machine.
 */
export const tolerance = 0.1

/** Undefined: nothing was promised. */
export function holds({ ratio, ours, atMost }: Row): boolean | undefined {
  if (atMost === undefined) return undefined
  return (ratio ?? ours.median) <= atMost * (1 + tolerance)
}

/** A row in which both sides were timed. */
export function row(what: string, found: Compared | undefined, atMost?: number): Row {
  if (!found) throw new Error(`Nothing was measured of: ${what}`)
  return { what, unit: 'ms', ...found, ...(atMost !== undefined && { atMost }) }
}

/** The same as so many things per second; p95 is then the slow end. */
export function perSecond(of: Row, count: number, unit: '/s' | 'MB/s'): Row {
  const turn = ({ median, p95, samples }: Summary): Summary => ({
    median: (count * 1_000) / median,
    p95: (count * 1_000) / p95,
    samples,
  })
  return { ...of, unit, ours: turn(of.ours), ...(of.peer && { peer: turn(of.peer) }) }
}

/** One number, measured once. */
export const single = (what: string, unit: Row['unit'], value: number, atMost?: number): Row => ({
  what,
  unit,
  ours: { median: value, p95: value, samples: 1 },
  ...(atMost !== undefined && { atMost }),
})

export function table(name: string, { about, peer, rows }: Report): string {
  const head = [
    '',
    `${peer}: median`,
    'p95',
    'ours: median',
    'p95',
    'unit',
    'n',
    'ratio',
    'promise',
  ]
  const cells = [head, ...rows.map(cellsOf)]
  const widths = head.map((_, column) =>
    Math.max(...cells.map((line) => line[column]?.length ?? 0)),
  )
  const lines = cells.map((line) =>
    line
      .map((cell, column) => pad(cell, widths[column] ?? 0, column === 0))
      .join('  ')
      .trimEnd(),
  )
  return [`== ${name}: ${about}`, ...lines].join('\n')
}

function cellsOf(of: Row): string[] {
  const { what, unit, peer, ours, ratio, atMost } = of
  const held = holds(of)
  const limit = ratio === undefined ? `≤ ${atMost} ${unit}` : `≤ ${atMost}×`
  return [
    what,
    peer ? number(peer.median) : '',
    peer ? number(peer.p95) : '',
    number(ours.median),
    ours.samples > 1 ? number(ours.p95) : '',
    unit,
    String(ours.samples),
    ratio === undefined ? '' : `${ratio.toFixed(2)}×`,
    held === undefined ? '' : `${limit} ${held ? 'holds' : 'BROKEN'}`,
  ]
}

function number(value: number): string {
  if (Math.abs(value) >= 1_000) return Math.round(value).toLocaleString('en').replaceAll(',', ' ')
  return value.toPrecision(3)
}

const pad = (cell: string, width: number, left: boolean): string =>
  left ? cell.padEnd(width) : cell.padStart(width)
