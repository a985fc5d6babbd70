import { fileExtOf } from './file-name.ts'

/** The Content of a file that is sent (protocol §7.5). In desktop mode the app id is empty (§1.3). */
export function fileXml(
  file: { readonly name: string; readonly bytes: number; readonly mediaId: string },
  desktop: boolean,
): string {
  const appid = desktop ? '' : 'wxeb7ec651dd0aefa9'
  return (
    `<appmsg appid='${appid}' sdkver=''><title>${escaped(file.name)}</title><des></des><action></action>` +
    '<type>6</type><content></content><url></url><lowurl></lowurl>' +
    `<appattach><totallen>${file.bytes}</totallen><attachid>${escaped(file.mediaId)}</attachid>` +
    `<fileext>${escaped(fileExtOf(file.name))}</fileext></appattach><extinfo></extinfo></appmsg>`
  )
}

/** Quotes may stay in the text of an element. */
function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
