import { writeFile } from 'node:fs/promises'
import { createInterface } from 'node:readline/promises'
import { stringify } from 'yaml'
import { sandbox } from '../../config/kinds.ts'
import type { Config } from '../../config/schema.ts'
import { doorTable } from '../core/door-words.ts'
import { BridgeError } from '../core/errors.ts'
import type { Language } from '../core/words.ts'
import type { ConnectorKind } from '../ports/connector-kind.ts'
import { columns } from './columns.ts'

/** Whom it asks, and what it tells. */
export interface Talk {
  readonly input: NodeJS.ReadableStream
  readonly output: NodeJS.WritableStream
}

/**
 * Shows what each way into WeChat can do, costs and risks, asks which one it shall be and where to read it, and writes a
 * configuration. Nothing is written when the answers end early. Rejects with a BridgeError of code `config` when the file
 * is there already.
 */
export async function setup(
  config: Config,
  kinds: readonly ConnectorKind[],
  out: string,
  { input, output }: Talk,
): Promise<number> {
  const { language, wechat } = config
  const both = (zh: string, en: string) => (language === 'zh' ? zh : en)
  const say = (line: string) => void output.write(`${line}\n`)
  const doors = kinds.map((kind) => ({
    name: kind.name,
    record: kind.record(wechat.sections[kind.name]),
  }))
  say(both('进入微信的各种方式：', 'The ways into WeChat:'))
  const { names, rows } = doorTable(doors, language)
  say(columns([['', ...names], ...rows.map(({ what, cells }) => [what, ...cells])]))

  const asking = createInterface({ input, output })
  const lines = asking[Symbol.asyncIterator]()
  const ask = async (question: string): Promise<string> => {
    output.write(`${question} `)
    const { value, done } = await lines.next()
    if (done) throw new Ended()
    return String(value).trim()
  }
  try {
    const chosen = await connectorOf(ask, language, [sandbox, ...names])
    const kind = kinds.find(({ name }) => name === chosen)
    const section = kind ? await answered(kind, wechat.sections[chosen], ask, language) : {}
    const token = await ask(
      both(
        'Telegram 机器人的令牌（不用 Telegram 就直接回车）：',
        'Token of a Telegram bot (empty: no Telegram):',
      ),
    )
    const chosenConfig = {
      language,
      wechat: { connector: chosen, ...(kind && { [chosen]: section }) },
      ...(token && { telegram: { token } }),
    }
    await written(out, stringify(chosenConfig))
    say(
      both(
        `已写入 ${out}。启动：npm start -- --config ${out}。接到 Matrix 见 docs/guides/matrix.md。`,
        `Written to ${out}. To start: npm start -- --config ${out}. For Matrix see docs/guides/matrix.md.`,
      ),
    )
    return 0
  } catch (thrown) {
    if (!(thrown instanceof Ended)) throw thrown
    say(both('\n什么都没有写入。', '\nNothing was written.'))
    return 1
  } finally {
    asking.close()
  }
}

type Ask = (question: string) => Promise<string>

/** The answers ended before the questions did. */
class Ended extends Error {}

async function connectorOf(
  ask: Ask,
  language: Language,
  names: readonly string[],
): Promise<string> {
  const list = names.join(', ')
  for (;;) {
    const question = {
      zh: `用哪一种（${list}）？`,
      en: `Which one (${list})?`,
    }[language]
    const given = await ask(question)
    if (names.includes(given)) return given
  }
}

/** What the kind needs and the configuration has not, asked for until nothing lacks. */
async function answered(
  kind: ConnectorKind,
  before: unknown,
  ask: Ask,
  language: Language,
): Promise<Readonly<Record<string, unknown>>> {
  const given: Record<string, unknown> = {}
  for (;;) {
    const [lack] = kind.missing?.({ ...(before as object), ...given }) ?? []
    if (!lack) return given
    const where = `wechat.${kind.name}.${lack.option}`
    const value = await ask(
      { zh: `${where}（${lack.why}）：`, en: `${where} (${lack.why}):` }[language],
    )
    const parsed = allowed(kind, { ...(before as object), ...given, [lack.option]: value })
    if (parsed === undefined) given[lack.option] = value
    else await ask({ zh: `${parsed}。回车再来：`, en: `${parsed}. Enter to try again:` }[language])
  }
}

/** What is wrong with an answer. Undefined: nothing. */
function allowed(kind: ConnectorKind, section: unknown): string | undefined {
  const schema = kind.schema as {
    safeParse(value: unknown): { readonly error?: { readonly issues: { message: string }[] } }
  }
  return schema.safeParse(section).error?.issues[0]?.message
}

/** It may hold secrets: only its owner may read it, and an old one is never overwritten. */
async function written(out: string, text: string): Promise<void> {
  await writeFile(out, text, { mode: 0o600, flag: 'wx' }).catch((error: NodeJS.ErrnoException) => {
    const why = error.code === 'EEXIST' ? 'it is there already' : (error.code ?? String(error))
    throw new BridgeError(`${out} was not written: ${why}. Name another file with --out.`, {
      code: 'config',
      heal: 'never',
      certain: true,
    })
  })
}
