import fc from 'fast-check'

// What outside may send: pieces of the wire's own syntax, whole and torn, among anything else.

const pieces = [
  '<span class="emoji emoji',
  '<span class="emoji emoji1f602"></span>',
  '"></span',
  '1f602',
  '&',
  'amp;',
  '&lt;',
  '&gt;',
  '&#39;',
  '&#x',
  '&amp;lt;',
  '<br/>',
  '<br',
  ':<br/>',
  '@cc:<br/>',
  '@@8f20:<br/>',
  'wxid_a:<br/>',
  '<![CDATA[',
  ']]>',
  '<!--',
  '-->',
  '<?xml version="1.0"?>',
  '<msg>',
  '</msg>',
  '<appmsg>',
  '<title>',
  '<type>57</type>',
  '<type>19</type>',
  '<refermsg>',
  '<recorditem>',
  '<sysmsg type="revokemsg">',
  '<msgid>4835386562261263795</msgid>',
  '<__proto__>',
  '<constructor>',
  ' polluted="yes"',
  '__proto__',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: as the wire has it
  '${wxid_a}',
  '$names$',
  '「默契：',
  '」\n- - - - - - - - - - - - - - -\n',
  '@墨墨\u2005',
  'https://a.example/?a=1&amp;b=2',
  'javascript:alert(1)',
  '\u0000',
  '\u202e',
  '\ud83d',
  '\ude02',
]

/** A text of torn and whole pieces. */
export const hostileText = fc
  .array(fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom(...pieces)), { maxLength: 24 })
  .map((parts) => parts.join(''))

const names = ['msg', 'appmsg', 'emoji', 'sysmsg', 'pat', 'title', 'type', 'a', 'item', 'dataitem']

/** A document that is well-formed or nearly, as the wire escapes it or not. */
export const hostileXml = fc
  .letrec<{ node: string }>((tie) => ({
    node: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      hostileText,
      fc
        .tuple(
          fc.constantFrom(...names, '__proto__', 'constructor', 'prototype', 'toString'),
          hostileText,
          fc.array(tie('node'), { maxLength: 4 }),
        )
        .map(
          ([name, value, inner]) => `<${name} a="${value}" type='1'>${inner.join('')}</${name}>`,
        ),
    ),
  }))
  .node.chain((xml) =>
    fc.constantFrom(
      xml,
      xml.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;'),
    ),
  )

/** A JSON value that need not be what its field should hold. */
export const hostileValue: fc.Arbitrary<unknown> = fc.oneof(
  hostileText,
  hostileXml,
  fc.integer(),
  fc.double(),
  fc.constantFrom<unknown>(null, true, [], {}, [null], { toString: false }, { valueOf: 1 }),
  fc.constantFrom<unknown>('', '0', 0, -0, 2 ** 62, '99999999999999999999', '5136685017736235886'),
  fc.json().map((text): unknown => JSON.parse(text)),
)

/** Was a prototype reached? */
export const isPolluted = (): boolean =>
  'polluted' in {} || 'polluted' in [] || 'polluted' in (() => undefined) || 'a' in {}
