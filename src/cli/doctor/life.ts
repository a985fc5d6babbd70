import type { Standing } from '../../../adapters/control/wire.ts'
import { type Finding, note, ok, problem } from '../../core/finding.ts'

import type { Life } from './ground.ts'

/** Whether a bridge runs, and what it says of its logins and its storage. */
export function lifeFindings(life: Life): readonly Finding[] {
  if (life.state === 'stopped') {
    return [
      note({
        zh: '桥没有在运行。微信是否还登录着，要它运行时才知道。',
        en: 'The bridge is not running. Whether WeChat is still logged in is known only when it runs.',
      }),
    ]
  }
  if (life.state === 'held') return [silent(life.why)]
  const { login, doors = [], fault, dead } = life.standing
  const logins =
    doors.length > 0
      ? doors.map(({ door, login: its }) => loginFinding(its, `${door}`))
      : [loginFinding(login)]
  return [
    ok('桥在运行', 'The bridge is running'),
    ...logins,
    ...(fault === undefined ? [] : [unwritable(fault)]),
    ...(dead === 0 ? [] : [waiting(dead)]),
  ]
}

function loginFinding(login: Standing['login'], door?: string): Finding {
  const zh = door === undefined ? '微信' : `微信（${door}）`
  const en = door === undefined ? 'WeChat' : `WeChat (${door})`
  const again = {
    zh: '在页面或管理房间里登录：打开它们就能看到二维码。',
    en: 'Log in on the page or in the management room, where the code to scan is.',
  }
  switch (login.state) {
    case 'online':
      return ok(`${zh}：在线，${login.name ?? ''}`, `${en}: online as ${login.name ?? ''}`)
    case 'scan':
    case 'scanned':
      return note(
        { zh: `${zh}：在等你扫码。`, en: `${en}: waits for its code to be scanned.` },
        again,
      )
    case 'offline':
      return problem(
        { zh: `${zh}：离线。${login.why ?? ''}`, en: `${en}: offline. ${login.why ?? ''}`.trim() },
        again,
      )
    case 'stopped':
      return note({ zh: `${zh}：还没有开始登录。`, en: `${en}: has not begun to log in yet.` })
  }
}

const silent = (why: string | undefined): Finding =>
  problem(
    {
      zh: `有一个桥占着数据，但问不到它${why === undefined ? '' : `（${why}）`}。`,
      en: `A bridge has the data, and cannot be asked${why === undefined ? '' : ` (${why})`}.`,
    },
    {
      zh: '它可能正在启动：过一会儿再试。不然看它的日志，或重启它。',
      en: 'It may be just starting: try again in a while. Otherwise look at its log, or restart it.',
    },
  )

const unwritable = (fault: string): Finding =>
  problem(
    { zh: `数据库写不进去：${fault}`, en: `The database cannot be written: ${fault}` },
    {
      zh: '看看磁盘是不是满了。桥会自己再试。',
      en: 'See whether the disk is full. The bridge tries again by itself.',
    },
  )

const waiting = (dead: number): Finding =>
  note(
    {
      zh: `有 ${dead} 条没有送达，等你决定。`,
      en: `Not delivered, and waiting for your word: ${dead}.`,
    },
    { zh: 'npm run bridge -- dead list', en: 'npm run bridge -- dead list' },
  )
