import type { Content } from '../../../src/core/message.ts'
import { xmlText } from '../xml.ts'
import { httpUrl } from './address.ts'
import { type App, maybe, thumbOf } from './app-message.ts'

/** A text shared by an app: type 1. */
export function readSharedText({ text, description, url }: App): Content | undefined {
  const words = text || description
  if (!words) return undefined
  return { kind: 'text', text: url && !words.includes(url) ? `${words}\n${url}` : words }
}

/** Links, videos, apps: types 4, 5, 7. */
export function readLink(app: App): Content | undefined {
  const { title, description, url, source } = app
  if (!title && !url) return undefined
  return {
    kind: 'link',
    title: title || url,
    url,
    ...(description !== title ? maybe('description', description) : {}),
    ...maybe('source', source),
    ...thumbOf(app),
  }
}

/** A song: types 3 and 76. Its page comes before its stream. */
export function readMusic(app: App): Content | undefined {
  const { title, description, source } = app
  const url = app.url || httpUrl(xmlText(app.xml, 'dataurl'))
  if (!title && !url) return undefined
  return {
    kind: 'music',
    title: title || url,
    url,
    ...maybe('artist', description),
    ...maybe('source', source),
    ...thumbOf(app),
  }
}

/** Types 10 and 13: a link where there is one; else only the phone knows. */
export const readProduct = (app: App): Content | undefined => (app.url ? readLink(app) : undefined)

/** A type we have no name for, which at least has a title and leads somewhere. */
export const readGenericLink = (app: App): Content | undefined =>
  app.xml !== undefined && app.title && app.url ? readLink(app) : undefined
