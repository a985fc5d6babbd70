import '../../support/seed.ts'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cleanName, guardedName, looksAlike } from '../../../adapters/matrix/look-alike.ts'
import { nameLead } from '../../../src/core/spoken.ts'

const ann = { user: '@ann:hs', name: 'Alice Modern' }
const eve = (name: string) => ({ user: '@eve:evil.example', name })

describe('a name', () => {
  it.each([
    ['ALICE MODERN', 'case'],
    ['aIice Modern', 'a large i for a small L'],
    ['A1ice Modern', 'a digit'],
    ['Alice  Modern', 'blanks'],
    ['AliceModern', 'no blank'],
    ['Alice\u200bModern', 'a zero-width blank'],
    ['Ali\u00adce Modern', 'a soft hyphen'],
    ['Alice\ufe0f Modern', 'a variation selector'],
    ['\u202eAlice Modern', 'a direction override'],
    ['\u{e0041}Alice Modern', 'a tag character'],
    ['Alice Modern\u3164', 'a filler'],
    ['Álice Mödern', 'accents'],
    ['A\u0300l\u0301ice Modern', 'combining marks'],
    ['Аliсе Моdеrn', 'Cyrillic'],
    ['Αlіce Μodern', 'Greek'],
    ['Ａｌｉｃｅ　Ｍｏｄｅｒｎ', 'wide letters'],
    ['𝐀𝐥𝐢𝐜𝐞 𝓜𝓸𝓭𝓮𝓻𝓷', 'mathematical letters'],
    ['Alice Modem', 'rn as m'],
    ['Alice M0dern', 'a zero'],
    ['Alice Modern.', 'a full stop'],
    ['Alice Modern ✓', 'a sign of being verified'],
    ['👑 Alice Modern', 'a picture in front'],
    ['Alice: Modern', 'a colon'],
    ['Alice\nModern', 'a line break'],
  ])('that looks like another (%s: %s) has the id behind it', (name) => {
    expect(looksAlike(name, ann.name)).toBe(true)
    const guarded = guardedName(eve(name), [ann])
    expect(guarded).toContain('(@eve:evil.example)')
    expect(guarded).not.toMatch(/\p{Cc}|[\u202a-\u202e]/u)
    // What is in front of a message shows it, too.
    expect(nameLead(guarded, '@eve:evil.example')).toContain('@eve:evil.example')
  })

  it('stays distinct however long the ids are: what is in front of a message is not cut short of them', () => {
    const long = `@${'e'.repeat(200)}`
    const leads = ['1:evil.example', '2:evil.example'].map((end) => {
      const user = `${long}${end}`
      return nameLead(guardedName({ user, name: ann.name }, [ann]), user)
    })
    expect(leads[0]).toBe(`${long}1:evil.example: `)
    expect(leads[0]).not.toBe(leads[1])
    expect(nameLead(undefined, `${long}1:evil.example`)).toBe(leads[0])
    expect(nameLead('n'.repeat(200), '@eve:evil.example')).toHaveLength(42)
  })

  it.each(['Bob', 'Alicia Modern', 'Alice', '王五', 'Мария', 'علي', 'Li 🦊'])(
    'of its own (%s) stays as it is',
    (name) => {
      expect(guardedName(eve(name), [ann, eve(name)])).toBe(name)
    },
  )

  it.each(['', '   ', '🦊', '!!!', '\u200b', '\u3164\u3164', '\u2800', '...'])(
    'that is nothing to see (%j) has the id',
    (name) => {
      expect(guardedName(eve(name), [])).toContain('@eve:evil.example')
    },
  )

  it('that shows an id has the true one behind it', () => {
    expect(guardedName(eve('@ann:hs'), [])).toBe('@ann hs (@eve:evil.example)')
    expect(guardedName(eve('Ann (＠ann)'), [])).toContain('(@eve:evil.example)')
  })

  it.each([':', '：', '꞉', '∶', 'ː', '﹕', '︓'])(
    'cannot end itself and begin to speak (%s)',
    (colon) => {
      const name = cleanName(`Bob${colon} I agree\r\nCarol${colon} so do I`)
      expect(name).toBe('Bob I agree Carol so do I')
    },
  )

  it('that is long shows the id all the same, if need be without the name', () => {
    const long = eve(`${ann.name}${'n'.repeat(100)}`)
    const guarded = guardedName(long, [{ ...ann, name: long.name }])
    expect(guarded).toMatch(/… \(@eve:evil\.example\)$/)
    const far = { user: `@${'e'.repeat(60)}:hs`, name: ann.name }
    expect(guardedName(far, [ann])).toMatch(/^@eee/)
  })

  it('whatever it is, is one line that core shows whole, and never that of another', () => {
    const unit = fc.constantFrom(
      ...['a', 'A', 'l', 'I', '1', 'о', 'o', 'rn', 'm', ' ', '\u200b', ':', '@', '\n', '\u202e'],
      ...['́', '王', '🦊', '\ud800'],
    )
    const name = fc.array(unit, { maxLength: 30 }).map((all) => all.join(''))
    fc.assert(
      fc.property(name, name, (one, other) => {
        const guarded = guardedName(eve(one), [{ user: '@ann:hs', name: other }])
        expect(guarded.length).toBeLessThanOrEqual(40)
        expect(guarded).not.toMatch(/\p{Cc}/u)
        expect(nameLead(guarded, '')).toBe(`${guarded}: `)
        if (!guarded.includes('@eve:evil.example')) {
          expect(looksAlike(guarded, other)).toBe(false)
          expect(guarded).not.toContain(':')
          expect(guarded).toMatch(/[\p{L}\p{N}]/u)
        }
      }),
      { numRuns: 2000 },
    )
  })
})
