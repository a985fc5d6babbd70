import { type Finding, note, problem } from '../../src/core/finding.ts'

// What a look at the homeserver found, and what helps.

export const unreached = (url: string, code: string): Finding =>
  problem(
    {
      zh: `Matrix：连不上服务器 ${url}（${code}）。`,
      en: `Matrix: the homeserver ${url} cannot be reached (${code}).`,
    },
    {
      zh: '看看它是否在运行，matrix.homeserver.url 是否写对（在容器里，127.0.0.1 是容器自己）。',
      en: 'See whether it is running, and whether matrix.homeserver.url is right (in a container 127.0.0.1 is the container itself).',
    },
  )

export const noHomeserver = (url: string, status: number): Finding =>
  problem(
    {
      zh: `Matrix：${url} 上回答的不是 Matrix 服务器（HTTP ${status}）。`,
      en: `Matrix: what answers at ${url} is no Matrix homeserver (HTTP ${status}).`,
    },
    {
      zh: '把 matrix.homeserver.url 改成客户端 API 的地址，或看看它前面的代理。',
      en: 'Put the address of its client-server API into matrix.homeserver.url, or look at the proxy in front of it.',
    },
  )

export const unknownToken = (status: number): Finding =>
  problem(
    {
      zh: `Matrix：服务器不认识注册文件里的 as_token（HTTP ${status}）。`,
      en: `Matrix: the homeserver does not know the as_token of the registration file (HTTP ${status}).`,
    },
    {
      zh: '把同一个文件写进服务器的 app_service_config_files，并重启服务器。',
      en: 'Name this very file in app_service_config_files of the homeserver, and restart the homeserver.',
    },
  )

export const otherDomain = (configured: string, found: string): Finding =>
  problem(
    {
      zh: `Matrix：服务器的用户属于 ${found}，而配置里写的是 ${configured}。`,
      en: `Matrix: the users of this homeserver are of ${found}; the configuration says ${configured}.`,
    },
    {
      zh: `设置 matrix.homeserver.domain: ${found}`,
      en: `Set matrix.homeserver.domain: ${found}`,
    },
  )

export const otherUser = (found: string, expected: string): Finding =>
  problem(
    {
      zh: `Matrix：as_token 属于 ${found}，不是 ${expected}。`,
      en: `Matrix: the as_token is that of ${found}, not of ${expected}.`,
    },
    {
      zh: '服务器用的是另一份注册文件：两边用同一个文件，并重启服务器。',
      en: 'The homeserver has another registration file: give both sides the same, and restart the homeserver.',
    },
  )

export const otherHsToken: Finding = problem(
  {
    zh: 'Matrix：服务器连到了桥，但它的 hs_token 不是注册文件里的那个。',
    en: 'Matrix: the homeserver reaches the bridge, but with another hs_token than that of the registration file.',
  },
  {
    zh: '两边用同一个注册文件，并重启服务器。',
    en: 'Give both sides the same registration file, and restart the homeserver.',
  },
)

/** `status`: what somebody else answered. Left out: that is not known. */
export const elsewhere = (url: string, status?: number): Finding =>
  problem(
    {
      zh: `Matrix：服务器按注册文件的 url（${url}）连到的不是这个桥${status ? `（HTTP ${status}）` : ''}。`,
      en: `Matrix: at the url of the registration (${url}) the homeserver meets somebody else than this bridge${status ? ` (HTTP ${status})` : ''}.`,
    },
    {
      zh: '看看 url 的主机和端口是不是 matrix.listen 的，以及中间的代理。',
      en: 'See whether host and port of the url are those of matrix.listen, and look at the proxy between them.',
    },
  )

export const notReached = (
  url: string,
  { host, port }: { readonly host: string; readonly port: number },
): Finding =>
  problem(
    {
      zh: `Matrix：服务器连不到桥（它用的地址是注册文件里的 url：${url}）。`,
      en: `Matrix: the homeserver cannot reach the bridge (it uses the url of the registration: ${url}).`,
    },
    {
      zh: `桥在 ${host}:${port} 上监听。如果服务器在别的机器或容器里，127.0.0.1 到不了这里：把 url 换成它能到的地址，matrix.listen.host 也要跟着改，然后重启服务器。`,
      en: `The bridge listens on ${host}:${port}. From another machine or container 127.0.0.1 does not lead here: put an address into url that does, and into matrix.listen.host what listens there, and restart the homeserver.`,
    },
  )

export const noUrl: Finding = problem(
  {
    zh: 'Matrix：服务器手里的注册文件没有 url，它不会把任何东西送来。',
    en: 'Matrix: the registration that the homeserver has knows no url: it sends nothing here.',
  },
  {
    zh: '在注册文件里写上 url，两边用同一个文件，并重启服务器。',
    en: 'Write the url into the registration file, give both sides the same, and restart the homeserver.',
  },
)

export const noPing: Finding = note({
  zh: 'Matrix：这个服务器不会 ping，不能试它是否连得到桥。',
  en: 'Matrix: this homeserver knows no ping: whether it reaches the bridge cannot be tried.',
})

export const pingRefused = (status: number, errcode: string): Finding =>
  problem(
    {
      zh: `Matrix：服务器不肯回连（HTTP ${status} ${errcode}）。`,
      en: `Matrix: the homeserver would not call back (HTTP ${status} ${errcode}).`,
    },
    {
      zh: '看看注册文件的 id 两边是否一样，以及服务器的日志。',
      en: 'See whether the id in the registration file is the same on both sides, and look at the log of the homeserver.',
    },
  )

export const foreignOwner = (owner: string, domain: string): Finding =>
  note(
    {
      zh: `Matrix：matrix.owner（${owner}）不是 ${domain} 的用户。`,
      en: `Matrix: matrix.owner (${owner}) is no user of ${domain}.`,
    },
    {
      zh: '只有两个服务器互相联邦才行；如果写错了，改过来。',
      en: 'That works only where both homeservers federate; if it is a slip, mend it.',
    },
  )

export const noOwner = (owner: string): Finding =>
  problem(
    {
      zh: `Matrix：服务器上没有 ${owner}（matrix.owner）这个用户。`,
      en: `Matrix: there is no user ${owner} (matrix.owner) on the homeserver.`,
    },
    {
      zh: '改正 matrix.owner，或先注册这个用户。',
      en: 'Mend matrix.owner, or register that user.',
    },
  )

export const puppetRefused = (owner: string): Finding =>
  problem(
    {
      zh: `Matrix：服务器不接受 matrix.doublePuppet.token，或者它不是 ${owner} 的。`,
      en: `Matrix: the homeserver does not take matrix.doublePuppet.token, or it is not that of ${owner}.`,
    },
    {
      zh: '写一个新的令牌；在那之前，你在手机上说的话由桥的用户代说。',
      en: 'Give it a new one; until then a user of the bridge stands for what you type on the phone.',
    },
  )
