import type { Claim } from '../../adapters/telegram/options.ts'
import type { Config } from '../../config/schema.ts'
import { start } from '../main.ts'
import type { Signals } from './signals.ts'

/** Runs the bridge until somebody asks it to stop. Rejects with a BridgeError where it cannot. */
export async function run(config: Config, signals: Signals): Promise<number> {
  // Whoever asks to stop while it is starting is heard when it has started.
  const asked = Promise.withResolvers<void>()
  signals.stopBy(() => asked.resolve())
  const running = await start(config)
  const zh = config.language === 'zh'
  const lines: string[] = []
  if (config.wechat.connector === 'sandbox') {
    lines.push(
      zh
        ? '这是沙盒：一个虚构的微信，里面的人都是编出来的。要接入真正的微信，请看 README.zh.md 的“配置”。'
        : 'This is a sandbox: a made-up WeChat with invented people. To use the real one, see "Configure" in README.md.',
    )
  }
  if (running.page) lines.push(zh ? `打开页面：${running.page}` : `Open the page: ${running.page}`)
  console.log(lines.join('\n'))
  void running.claim.then((claim) => claim && console.log(claimWords(claim, zh)))

  asked.promise.then(() => running.stop()).catch(() => undefined)
  await running.done
  return 0
}

/** How to become the owner on Telegram. Whoever sends it first is: so it is for this terminal only. */
function claimWords({ bot, code, url }: Claim, zh: boolean): string {
  return zh
    ? `Telegram：打开 ${url} 并点“开始”，或私聊 @${bot} 发送 ${code}，你就是这个桥的主人。`
    : `Telegram: open ${url} and press Start, or send ${code} to @${bot} in private, and the bridge is yours.`
}
