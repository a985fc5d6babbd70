import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

export interface Asset {
  readonly type: string
  readonly body: Uint8Array<ArrayBuffer>
}

const types: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  svg: 'image/svg+xml',
  webmanifest: 'application/manifest+json',
}

/** The page's files, by path. A list, not a folder: what is not named here cannot be asked for. */
const names = [
  'index.html',
  'base.css',
  'list.css',
  'talk.css',
  'message.css',
  'media.css',
  'cards.css',
  'recall.css',
  'avatar.css',
  'composer.css',
  'panel.css',
  'ways.css',
  'app.js',
  'asks.js',
  'avatar.js',
  'bridge.js',
  'chats.js',
  'cards.js',
  'composer.js',
  'content.js',
  'history.js',
  'kept.js',
  'letters.js',
  'message.js',
  'net.js',
  'outbox.js',
  'picture.js',
  'player.js',
  'recall.js',
  'seen.js',
  'state.js',
  'talk.js',
  'time.js',
  'versions.js',
  'ways.js',
  'words.js',
  'words-en.js',
  'words-zh.js',
  'mark.svg',
  'page.webmanifest',
]

/** Everything the page loads before it asks for private things; none of it is private. */
export async function loadSite(): Promise<ReadonlyMap<string, Asset>> {
  const files: [string, URL][] = names.map((name) => [
    name === 'index.html' ? '/' : `/${name}`,
    new URL(`./page/${name}`, import.meta.url),
  ])
  files.push(['/preact.js', new URL(import.meta.resolve('htm/preact/standalone'))])
  const site = new Map<string, Asset>()
  for (const [path, url] of files) {
    const ending = fileURLToPath(url).split('.').at(-1) ?? ''
    const type = types[ending === 'mjs' ? 'js' : ending] ?? 'application/octet-stream'
    site.set(path, { type, body: new Uint8Array(await readFile(url)) })
  }
  return site
}
