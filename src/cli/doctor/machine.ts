import { findFfmpeg } from '../../../adapters/convert/ffmpeg.ts'
import { note, ok, problem } from '../../core/finding.ts'
import { tooOld } from '../refusals.ts'
import type { Check } from './check.ts'

/** The Node this runs on. */
export const nodeCheck: Check = {
  name: { zh: 'Node', en: 'Node' },
  async run() {
    const { node } = process.versions
    if (tooOld(node) === undefined) return [ok(`Node ${node}`, `Node ${node}`)]
    return [
      problem(
        {
          zh: `Node ${node} 太旧：需要 24 或更新的。`,
          en: `Node ${node} is too old: 24 or newer is needed.`,
        },
        {
          zh: '“npm ci” 会带来合适的 Node；用 npm start 启动。',
          en: '"npm ci" brings one along; start with npm start.',
        },
      ),
    ]
  },
}

/** What turns voices and videos into what others can play. */
export const ffmpegCheck: Check = {
  name: { zh: 'ffmpeg', en: 'ffmpeg' },
  async run() {
    const file = await findFfmpeg()
    if (file !== undefined) return [ok(`ffmpeg：${file}`, `ffmpeg: ${file}`)]
    return [
      note(
        {
          zh: '没有找到 ffmpeg：有些语音、视频和动图只能作为文件转发。',
          en: 'There is no ffmpeg in PATH: some voices, videos and stickers arrive as files only.',
        },
        {
          zh: '安装 ffmpeg 就好，桥会自己找到它。',
          en: 'Install ffmpeg; the bridge finds it by itself.',
        },
      ),
    ]
  },
}
