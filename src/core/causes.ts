import type { Code, Reason } from './errors.ts'
import type { Both } from './words.ts'

/** Why something failed, to complete a sentence. */
export const causes: Readonly<Record<Code, Both>> = {
  network: { zh: '网络不通', en: 'the network failed' },
  timeout: { zh: '对方没有及时回应', en: 'there was no answer' },
  server: { zh: '服务器或磁盘出错', en: 'the server had an error' },
  rate: { zh: '发送太频繁', en: 'too much was sent in a short time' },
  session: { zh: '微信未登录', en: 'WeChat is not logged in' },
  refused: { zh: '被拒绝', en: 'it was refused' },
  tooLarge: { zh: '太大了', en: 'it is too large' },
  format: { zh: '格式不被接受', en: 'its format is not accepted' },
  gone: { zh: '对方或内容已不存在', en: 'it is not there any more' },
  config: { zh: '配置有误', en: 'the configuration is wrong' },
  bug: { zh: '桥出了意外的错误', en: 'the bridge met an unexpected error' },
}

/** What exactly was the matter, and the cure. */
const reasons: Readonly<Record<Reason, Both>> = {
  wrong: {
    zh: '微信认为请求有误；原样再发还会被拒绝，如果什么都发不出，请重新登录',
    en: 'WeChat calls it wrong; unchanged it is refused again, and if that happens to everything, log in again',
  },
  trouble: {
    zh: '微信服务器出了问题，或者找不到这个聊天；请先在手机上打开这个聊天',
    en: 'the WeChat server had a problem, or cannot find this chat; open the chat on the phone first',
  },
  senseless: { zh: '微信认为这个操作不合逻辑', en: 'WeChat says it makes no sense' },
  phoneAway: {
    zh: '手机离线太久了；请在手机上打开微信',
    en: 'your phone has been offline too long; open WeChat on it',
  },
  stale: { zh: '登录已失效，请重新登录', en: 'the login is not accepted any more; log in again' },
  ended: { zh: '微信结束了这次登录，请重新登录', en: 'WeChat ended the session; log in again' },
  quota: {
    zh: '要等对方再来一条消息才能继续发；请在手机微信里给机器人发一条',
    en: 'it takes no more until a message comes from there; write one to it on your phone',
  },
  unreadable: {
    zh: '微信读不懂桥写的内容；这是桥的错误，请报告',
    en: 'WeChat cannot read what the bridge wrote; that is a fault of the bridge, please report it',
  },
  notFound: { zh: '微信找不到所需的内容', en: 'WeChat could not find what it needs for it' },
  abnormal: {
    zh: '微信认为这次登录异常；请先用手机，过一段时间再登录',
    en: 'WeChat takes this login for abnormal; use the phone, and log in again later',
  },
  notFriend: {
    zh: '微信不允许发到那里：对方已不是好友，或你不在群里；发给自己请用文件传输助手',
    en: 'WeChat does not let you write there: not a friend any more, or not in the group; to write to yourself, use File Transfer',
  },
  tooOften: {
    zh: '发送太频繁，微信要求等一会儿',
    en: 'too much was sent in a short time; WeChat wants a pause',
  },
  repeated: {
    zh: '同样的内容在短时间内写给了很多聊天，微信会当成群发',
    en: 'the same was written to many chats in a short time, which looks like mass mailing to WeChat',
  },
  restored: {
    zh: '这是从备份恢复之前写的，恢复后的桥不知道当时有没有发出',
    en: 'it is from before the backup was restored, and nobody knows any more whether it went out then',
  },
  stopped: {
    zh: '发送到一半时桥停了',
    en: 'the bridge was stopped while this was being sent',
  },
  noId: {
    zh: '微信没有给出这条消息的编号；请在手机上撤回',
    en: 'WeChat gave the bridge no id for it; recall it on the phone',
  },
  shut: {
    zh: '这个房间现在不接收消息',
    en: 'its room takes nothing at present',
  },
  disk: {
    zh: '桥所在机器的磁盘满了或出了问题；腾出空间后再试',
    en: 'the disk of the bridge is full or broken; make room on it, then try again',
  },
}

/** What happens to everybody and needs no detail, which is in English. */
const plainly: ReadonlySet<Code> = new Set(['network', 'timeout', 'server', 'rate', 'session'])

/** Why something failed, as words that complete a sentence: what is known exactly, else the cause and the detail. */
export function because(failed: {
  readonly code: Code
  readonly detail?: string
  readonly reason?: Reason
  readonly said?: string
}): Both {
  const { code, detail, reason, said } = failed
  if (!reason) {
    const { zh, en } = causes[code]
    if (!detail) return { zh, en }
    const plain = unstopped(detail)
    return { zh: plainly.has(code) ? zh : `${zh}（${plain}）`, en: `${en} (${plain})` }
  }
  const { zh, en } = reasons[reason]
  return said ? { zh: `${zh}（微信：“${said}”）`, en: `${en} (WeChat: "${said}")` } : { zh, en }
}

/** A sentence to stand within another. */
export const unstopped = (detail: string): string => detail.replace(/[.。]$/, '')
