import { expect, test } from 'vitest'
import { viewOf } from '../../../adapters/web/view.ts'
import { hubId, messageId, portalId } from '../../../src/core/ids.ts'
import { message } from '../../core/samples.ts'

interface Row {
  readonly id: string
  readonly edits?: string | undefined
}
const page = new URL('../../../adapters/web/page/versions.js', import.meta.url).href
const {
  versionsOf,
}: {
  versionsOf(list: readonly Row[]): { present: readonly Row[]; nowOf(id: string): string }
} = await import(page)

const voicing = { hub: hubId('web'), language: 'en', portal: portalId('aaaaaaaaaaaa') } as const
const view = (id: string, edits?: string) =>
  viewOf(
    {
      seq: 1,
      recalled: false,
      message: {
        ...message(id),
        id: messageId(id),
        ...(edits && { edits: messageId(edits) }),
      },
    },
    voicing,
  )

test('a message that was changed is shown once, as what it was changed to last', () => {
  const list = [view('one'), view('two'), view('one/1', 'one'), view('three'), view('one/2', 'one')]
  const { present, nowOf } = versionsOf(list)
  expect(present.map(({ id }) => id)).toEqual(['two', 'three', 'one/2'])
  expect(['one', 'one/1', 'one/2', 'two', 'elsewhere'].map(nowOf)).toEqual([
    'one/2',
    'one/2',
    'one/2',
    'two',
    'elsewhere',
  ])
})

test('a change whose message is not loaded yet, or any more, is shown', () => {
  const { present, nowOf } = versionsOf([view('one/1', 'one')])
  expect(present.map(({ id }) => id)).toEqual(['one/1'])
  expect(nowOf('one')).toBe('one/1')
})
