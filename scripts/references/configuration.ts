import {
  type OptionReference,
  optionsReference,
  sectionsReference,
} from '../../config/reference.ts'
import { kinds } from '../../src/main.ts'

/** `docs/configuration.md`. */
export function configuration(): string {
  const options = optionsReference(kinds)
  const comments = new Map(sectionsReference(kinds).map(({ path, comment }) => [path, comment]))
  const sections = Map.groupBy(options, ({ path }) => sectionOf(path))
  const own = [...sections].filter(([name]) => name !== '')
  const general = sections.get('') ?? []
  return [
    '# Configuration',
    '',
    'Every option. A file of yours needs only what is to be different.',
    '',
    ...introduction,
    '',
    `Sections: ${own.map(([name]) => `[\`${name}\`](#${anchorOf(name)})`).join(', ')}.`,
    '',
    ...(general.length > 0 ? ['## General', '', ...general.flatMap(told)] : []),
    ...own.flatMap(([name, inside]) => [
      `## ${name}`,
      '',
      ...(comments.get(name) ? [prose(comments.get(name) ?? ''), ''] : []),
      ...grouped(name, inside, comments),
    ]),
  ].join('\n')
}

const introduction = [
  'Later sources win: the defaults, files given with `--config`, the `.env` file, the environment, `--set section.name=value`. In the',
  'environment an option is `BRIDGE__` and its path in capital letters, with `__` for each dot: `BRIDGE__WEB__PORT=8700`. Lists and',
  'maps are written there in one line, as YAML or JSON has them. What is not named here is refused, with the nearest name that is.',
  '',
  'Secrets can also be read from a file: `telegram.token_file`, or `…_FILE` in the environment.',
  'No secret is ever printed. `npm run bridge -- config check` shows what holds, and where each value came from.',
]

/** The first name, and for connectors the second: `matrix`, `wechat.web`; '' for what is in none. */
function sectionOf(path: string): string {
  const names = path.split('.')
  if (names.length === 1) return ''
  const [first = '', second = ''] = names
  const isKind = first === 'wechat' && kinds.some(({ name }) => name === second)
  return isKind ? `${first}.${second}` : first
}

/** Options with what is said of the sections they are in, within a section. */
function grouped(
  section: string,
  options: readonly OptionReference[],
  comments: ReadonlyMap<string, string>,
): readonly string[] {
  let last = section
  return options.flatMap((option) => {
    const parent = option.path.split('.').slice(0, -1).join('.')
    const isNew = parent !== last && parent !== section
    last = parent
    const comment = isNew ? comments.get(parent) : undefined
    const head = comment ? [`**\`${parent}\`**: ${prose(comment)}`, ''] : []
    return [...head, ...told(option)]
  })
}

function told(option: OptionReference): readonly string[] {
  const { path, allows, secret, environment, alsoEnvironment, comment } = option
  const names = [environment, ...alsoEnvironment]
  const inEnvironment = secret ? names.flatMap((name) => [name, `${name}_FILE`]) : names
  const facts = [
    `default ${code(JSON.stringify(option.default))}`,
    `allowed: ${prose(allows)}`,
    ...(secret ? [`a secret, also as ${code(`${path}_file`)}`] : []),
    `environment: ${inEnvironment.map(code).join(', ')}`,
  ]
  return [`### ${code(path)}`, '', prose(comment), '', `- ${facts.join('\n- ')}`, '']
}

const code = (text: string): string => `\`${text}\``

const anchorOf = (heading: string): string => heading.toLowerCase().replace(/[^\w-]/g, '')

/** Plain words in Markdown: nothing in them is markup but what stands in backticks. */
function prose(text: string): string {
  return text
    .split(/(`[^`]*`)/)
    .map((part) => (part.startsWith('`') ? part : part.replace(/[*_<>|[\]]/g, '\\$&')))
    .join('')
}
