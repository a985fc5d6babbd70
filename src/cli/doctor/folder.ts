import { constants } from 'node:fs'
import { access, stat, statfs } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { type Finding, note, ok, problem } from '../../core/finding.ts'
import { size } from '../../core/words.ts'
import type { Check } from './check.ts'

/** The data folder: is it one, is it ours, can it be written? Nothing is made. */
export const folderCheck = (folder: string): Check => ({
  name: { zh: '数据文件夹', en: 'The data folder' },
  async run() {
    const found = await stat(folder).catch((error: NodeJS.ErrnoException) => error)
    if (found instanceof Error) {
      return [found.code === 'ENOENT' ? await absent(folder) : unusable(folder, found.code ?? '?')]
    }
    if (!found.isDirectory()) return [noFolder(folder)]
    const uid = process.getuid?.()
    // Only its owner, or root, may close it to others, which the bridge does at each start.
    if (uid !== undefined && uid !== 0 && found.uid !== uid) {
      return [foreign(folder, found.uid, uid)]
    }
    const why = await whyNot(folder, constants.R_OK | constants.W_OK | constants.X_OK)
    if (why !== undefined) return [unusable(folder, why)]
    const shut = await shutFiles(folder)
    if (shut.length > 0) return shut
    const open = process.platform !== 'win32' && (found.mode & 0o077) !== 0
    return [
      ok(`数据文件夹：${folder}`, `The data folder: ${folder}`),
      ...(open ? [openToOthers(folder)] : []),
    ]
  },
})

/** Is there room for at least one file of the largest size, and what comes with it? */
export const diskCheck = (folder: string, maxBytes: number): Check => ({
  name: { zh: '磁盘空间', en: 'The room on the disk' },
  async run() {
    const { bavail, bsize, files, ffree } = await statfs(await nearest(folder))
    const free = bavail * bsize
    const cure = {
      zh: '腾出空间，或把 data.dir 放到更大的磁盘上；retention.mediaBytes 可以限制媒体占多少。',
      en: 'Make room, or put data.dir on a larger disk; retention.mediaBytes says how much the media may take.',
    }
    if (free < maxBytes) {
      const [left, most] = [size(free), size(maxBytes)]
      return [
        problem(
          {
            zh: `磁盘快满了：${folder} 只剩 ${left}，放不下一个最大的文件（media.maxBytes，${most}）。`,
            en: `The disk is nearly full: ${left} are left for ${folder}, less than one file of the largest size (media.maxBytes, ${most}).`,
          },
          cure,
        ),
      ]
    }
    if (files > 0 && ffree < 100) {
      return [
        problem(
          {
            zh: `磁盘上几乎不能再建文件了（inode 只剩 ${ffree} 个）。`,
            en: `The disk takes hardly any more files (${ffree} inodes are left).`,
          },
          cure,
        ),
      ]
    }
    return [ok(`磁盘空间：剩 ${size(free)}`, `Room on the disk: ${size(free)}`)]
  },
})

/** The folder itself, or the first above it that is there. */
async function nearest(folder: string): Promise<string> {
  const isThere = await stat(folder).then(
    () => true,
    () => false,
  )
  const above = dirname(folder)
  return isThere || above === folder ? folder : nearest(above)
}

async function absent(folder: string): Promise<Finding> {
  const above = await nearest(folder)
  const isFolder = await stat(above).then(
    (found) => found.isDirectory(),
    () => false,
  )
  if (!isFolder) return noFolder(above)
  const why = await whyNot(above, constants.W_OK | constants.X_OK)
  if (why !== undefined) return unusable(above, why)
  return note({
    zh: `数据文件夹 ${folder} 还不存在：第一次启动时会建立。`,
    en: `There is no data folder ${folder} yet: it is made at the first start.`,
  })
}

/** What a bridge needs to write in there. Started once as somebody else, it left files that this user cannot use. */
async function shutFiles(folder: string): Promise<readonly Finding[]> {
  const found: Finding[] = []
  for (const name of ['bridge.sqlite', 'bridge.sqlite.lock', 'seal.key', 'media', 'uploads']) {
    const why = await whyNot(join(folder, name), constants.R_OK | constants.W_OK)
    if (why !== undefined && why !== 'ENOENT') found.push(unusable(join(folder, name), why))
  }
  return found
}

/** The system's word for why not. Undefined: it may be used so. */
const whyNot = (path: string, mode: number): Promise<string | undefined> =>
  access(path, mode).then(
    () => undefined,
    (error: NodeJS.ErrnoException) => error.code ?? String(error),
  )

const noFolder = (folder: string): Finding =>
  problem(
    {
      zh: `data.dir：${folder} 不是文件夹。`,
      en: `data.dir: ${folder} is no folder.`,
    },
    {
      zh: '在 data.dir 里写上一个文件夹，或移走那个文件。',
      en: 'Name a folder in data.dir, or move that file away.',
    },
  )

function unusable(path: string, code: string): Finding {
  const readOnly = code === 'EROFS'
  return problem(
    {
      zh: readOnly ? `${path} 所在的磁盘是只读的。` : `${path} 不能读写（${code}）。`,
      en: readOnly
        ? `${path} is on a disk that can only be read.`
        : `${path} cannot be read and written (${code}).`,
    },
    {
      zh: readOnly
        ? '以可写方式挂载它（容器里：去掉卷的 :ro），或在 data.dir 里写别的文件夹。'
        : '用当初的用户运行桥，或把它交给现在的用户：chown -R。',
      en: readOnly
        ? 'Mount it so that it can be written (in a container: without :ro on the volume), or name another folder in data.dir.'
        : 'Run the bridge as the user it was run as before, or give it to the present one: chown -R.',
    },
  )
}

const foreign = (folder: string, owner: number, uid: number): Finding =>
  problem(
    {
      zh: `数据文件夹 ${folder} 属于另一个用户（${owner}，桥是 ${uid}）。`,
      en: `The data folder ${folder} belongs to another user (${owner}; the bridge is ${uid}).`,
    },
    {
      zh: `把它交给桥的用户：chown -R ${uid} ${folder}`,
      en: `Give it to the user of the bridge: chown -R ${uid} ${folder}`,
    },
  )

const openToOthers = (folder: string): Finding =>
  note({
    zh: `${folder} 对别的用户是打开的：桥启动时会关上。`,
    en: `${folder} is open to other users: the bridge closes it when it starts.`,
  })
