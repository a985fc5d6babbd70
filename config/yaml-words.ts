import type { YAMLError } from 'yaml'

/** The parser's own words may repeat what stands in the file, which may be a secret; these do not. */
const words: Partial<Readonly<Record<YAMLError['code'], string>>> = {
  TAB_AS_INDENT: 'a tab stands where only spaces may; indent with spaces',
  BAD_INDENT: 'it is not indented like its neighbours, or a [ or { is not closed',
  MISSING_CHAR: 'a closing quotation mark, a closing bracket or a comma is missing',
  BLOCK_AS_IMPLICIT_KEY:
    'a second "name:" in one line; put it on a line of its own, or the value in quotes',
  MULTILINE_IMPLICIT_KEY: 'no "name: value" (is the colon missing, or the space after it?)',
  BAD_SCALAR_START: 'a value may not begin with @ or `; put it in quotes',
  BAD_DQ_ESCAPE: 'a backslash that means nothing between " and "; use single quotes',
  UNEXPECTED_TOKEN: 'something that does not belong here; put the value in quotes',
  MULTIPLE_DOCS: 'a second document (---) begins; there may be one',
  BAD_ALIAS: 'a & or * that cannot be read; put the value in quotes',
  BAD_DIRECTIVE: 'a line that begins with % and means nothing',
  KEY_OVER_1024_CHARS: 'a name that is far too long',
}

/** What is wrong, in words that stand after its place. */
export function syntaxWords({ code }: YAMLError): string {
  return words[code] ?? 'it cannot be read from here on'
}
