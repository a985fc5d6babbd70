import type { Code } from './errors.ts'
import type { Both } from './words.ts'

/** Why something failed, to complete a sentence. */
export const causes: Readonly<Record<Code, Both>> = {
  network: { zh: '网络不通', en: 'the network failed' },
  timeout: { zh: '对方没有回应', en: 'there was no answer' },
  server: { zh: '服务器出错', en: 'the server had an error' },
  rate: { zh: '发送太频繁', en: 'too much was sent in a short time' },
  session: { zh: '微信未登录', en: 'WeChat is not logged in' },
  refused: { zh: '被拒绝', en: 'it was refused' },
  tooLarge: { zh: '太大了', en: 'it is too large' },
  format: { zh: '格式不被接受', en: 'its format is not accepted' },
  gone: { zh: '对方或内容已不存在', en: 'it is not there any more' },
  config: { zh: '配置有误', en: 'the configuration is wrong' },
  bug: { zh: '桥出了意外的错误', en: 'the bridge met an unexpected error' },
}
