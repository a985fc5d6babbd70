import type { Lack, Need } from './power.ts'

/** What this adapter says about rooms. */
export interface RoomWords {
  /** What WeChat is called, and the space that holds its chats. */
  readonly network: string
  /** In the room that another one has taken the place of. */
  readonly merged: string
  readonly linked: string
  /** In a room that was upgraded, where the bot was not asked into the new one. */
  inviteMe(bot: string): string
  /** In a room that a person made, where the bot cannot do everything. */
  lacking(bot: string, lacks: readonly Lack[]): string
  readonly refused: {
    readonly invite: (bot: string) => string
    readonly home: string
    readonly kinds: string
    readonly ours: string
    readonly taken: string
    readonly encrypted: string
    readonly outside: string
    readonly cannot: (bot: string, lacks: readonly Lack[]) => string
  }
}

const needsEnglish: Readonly<Record<Need, string>> = {
  speak: 'to write',
  ghosts: 'for the users of the bridge to write (the level everybody has)',
  invite: 'to invite',
  redact: 'to take back messages',
  state: 'to set the name, picture and settings of the room',
}

const needsChinese: Readonly<Record<Need, string>> = {
  speak: '发言',
  ghosts: '让桥接用户发言（所有人的默认等级）',
  invite: '邀请成员',
  redact: '撤回消息',
  state: '设置房间的名称、头像和状态',
}

const listEnglish = (lacks: readonly Lack[]) =>
  lacks
    .map(({ need, has, wants }) => `${needsEnglish[need]} takes ${wants}, it is ${has}`)
    .join('; ')

const listChinese = (lacks: readonly Lack[]) =>
  lacks.map(({ need, has, wants }) => `${needsChinese[need]}需要 ${wants}，现为 ${has}`).join('；')

const english: RoomWords = {
  network: 'WeChat',
  merged: 'This chat goes on in another room.',
  linked: 'This chat is shown in another room now. What is written here does not reach WeChat.',
  inviteMe: (bot) =>
    `This room was upgraded. Invite ${bot} into the new one, and the chat goes on there; until then it stays here.`,
  lacking: (bot, lacks) =>
    `${bot} lacks rights in this room: ${listEnglish(lacks)}. Give it the power level 100.`,
  refused: {
    invite: (bot) => `Invite ${bot} into a room and write "!wx link" there.`,
    home: 'On Matrix each chat has a room of its own; there is no group for all of them.',
    kinds: 'On Matrix a chat has a room of its own, or the one that it was linked to.',
    ours: 'This is a room of the bridge itself; no chat can be shown in it.',
    taken: 'This room shows another chat already.',
    encrypted: 'This room is encrypted, and the bridge could not read it. Take one that is not.',
    outside: 'The bridge is not in that room.',
    cannot: (bot, lacks) =>
      `The chat stays where it is: the power levels of this room do not let ${bot} show it. ${listEnglish(lacks)}.`,
  },
}

const chinese: RoomWords = {
  network: '微信',
  merged: '此聊天已转到另一个房间。',
  linked: '此聊天现在显示在另一个房间；在这里写的内容不会发到微信。',
  inviteMe: (bot) =>
    `此房间已升级。请把 ${bot} 邀请进新房间，聊天就会转到那里；在此之前仍留在这里。`,
  lacking: (bot, lacks) =>
    `${bot} 在此房间的权限不足：${listChinese(lacks)}。请把它的权限等级设为 100。`,
  refused: {
    invite: (bot) => `请把 ${bot} 邀请进一个房间，然后在那里发送“!wx link”。`,
    home: '在 Matrix 上每个聊天有自己的房间，没有容纳全部聊天的群。',
    kinds: '在 Matrix 上聊天要么有自己的房间，要么在被关联的房间里。',
    ours: '这是桥接自己的房间，不能显示聊天。',
    taken: '此房间已经显示另一个聊天。',
    encrypted: '此房间已加密，桥接无法读取。请换一个未加密的房间。',
    outside: '桥接不在那个房间里。',
    cannot: (bot, lacks) =>
      `聊天保持原处：此房间的权限等级不允许 ${bot} 显示它。${listChinese(lacks)}。`,
  },
}

/** In the language that is spoken at the moment they are said. */
export const roomWords = ({ language }: { readonly language: 'zh' | 'en' }): RoomWords =>
  language === 'zh' ? chinese : english
