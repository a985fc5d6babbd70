import { startSandbox } from '../../src/sandbox/server.ts'

/** Where to log in: a sandbox begun here, the one `WECHAT_BASE` names, or (undefined) the real web WeChat. */
export async function theOrigin(sandbox: boolean): Promise<string | undefined> {
  if (process.env.WECHAT_BASE) return process.env.WECHAT_BASE
  if (!sandbox) return undefined
  const { origin } = await startSandbox({ alive: true, autoConfirmMs: 500 })
  return origin
}
