import type { Content } from '../../../src/core/message.ts'
import { cleanLine } from '../text.ts'
import { xmlText } from '../xml.ts'
import { type App, thumbOf } from './app-message.ts'

/** A mini program, which only the phone can open: types 33 and 36 (protocol §5.6). */
export function readMiniProgram(app: App): Content | undefined {
  const name = app.source || cleanLine(xmlText(app.xml, 'weappinfo', 'nickname'))
  if (!app.title && !name) return undefined
  return { kind: 'miniProgram', title: app.title, app: name, url: app.url, ...thumbOf(app) }
}
