import { type ClockSeen, type Finding, note, ok, problem } from '../../core/finding.ts'
import { span } from '../../core/words.ts'

/** Beyond this signatures fail, certificates are refused, and messages land at the wrong time. In milliseconds. */
const most = 60_000

/** This machine's clock beside those of others. */
export function clockFindings(clocks: readonly ClockSeen[]): readonly Finding[] {
  if (clocks.length === 0) {
    return [
      note({
        zh: '时钟：没有可以比对的（外面没有谁回答）。',
        en: 'The clock could not be compared with any other: nobody outside answered.',
      }),
    ]
  }
  const wrong = clocks.filter(({ aheadMs }) => Math.abs(aheadMs) > most)
  if (wrong.length === 0) return [ok('时钟准确', 'The clock is right')]
  return wrong.map(({ host, aheadMs }) => {
    const by = span(Math.abs(aheadMs))
    const ahead = aheadMs > 0
    return problem(
      {
        zh: `时钟比 ${host} ${ahead ? '快' : '慢'}了 ${by.zh}。`,
        en: `The clock is ${by.en} ${ahead ? 'ahead of' : 'behind'} that of ${host}.`,
      },
      {
        zh: '打开系统的时间同步（timedatectl set-ntp true）；如果这台机器没错，就看看那一台。',
        en: 'Let the system keep the time (timedatectl set-ntp true); if this machine is right, look at the other.',
      },
    )
  })
}
