import type { Api } from './api.ts'

/** Tells the other devices that a chat was read here (protocol §2.5, Code 1). Throws a WireFault. */
export async function markRead(api: Api, userName: string, signal: AbortSignal): Promise<void> {
  await api.post(
    'webwxstatusnotify',
    api.query(),
    {
      Code: 1,
      FromUserName: api.session.self.UserName,
      ToUserName: userName,
      ClientMsgId: api.now(),
    },
    signal,
  )
}
