import type { Both } from './words.ts'

/** What the bridge says about who else lives on it, as data (see `Notice`). */
export type PersonNotice = {
  readonly type: 'residents'
  /** `user` is what the hub calls them. */
  readonly residents: readonly { readonly user: string; readonly online: boolean }[]
}

export const personWords = {
  residents: ({ residents }: PersonNotice): Both => ({
    zh: [
      `这个桥上有 ${residents.length} 个人的微信账号：`,
      ...residents.map(({ user, online }) => `${user}  ${online ? '在线' : '离线'}`),
    ].join('\n'),
    en: [
      `Those who have a WeChat account on this bridge (${residents.length}):`,
      ...residents.map(({ user, online }) => `${user}  ${online ? 'online' : 'offline'}`),
    ].join('\n'),
  }),
}
