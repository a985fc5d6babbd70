import { toBuffer } from 'qrcode'
import { byCookies } from './admit.ts'
import { createChatroom, updateChatroom } from './chatrooms.ts'
import { checkUpload } from './check-upload.ts'
import { batchGetContact, getContact, init, statusNotify } from './contacts.ts'
import { avatar, file, mapPicture, messagePicture, video, voice } from './downloads.ts'
import { type Answer, answer, type Call, ret } from './http.ts'
import { jslogin, newLoginPage, poll, pushLogin, qrTarget } from './login.ts'
import { oplog, verifyUser } from './phonebook.ts'
import { revoke } from './recalls.ts'
import { sendFile, sendPicture, sendSticker, sendText, sendVideo } from './send.ts'
import { endSession, type State } from './state.ts'
import { sync, syncCheck } from './sync.ts'
import { uploadMedia } from './upload.ts'

/** What an endpoint does with a request. */
export type Endpoint = (state: State, call: Call) => Answer | Promise<Answer>

/** The endpoint of a path, by §1.2 of the protocol; undefined where the server has nothing. */
export function endpoint(path: string): Endpoint | undefined {
  if (path === '/jslogin') return jslogin
  if (/^\/l\/[^/]+$/.test(path)) return qrTarget
  if (/^\/qrcode\/[^/]+$/.test(path)) return qrPicture
  const name = /^\/cgi-bin\/mmwebwx-bin\/(\w+)$/.exec(path)?.[1]
  return name !== undefined && Object.hasOwn(ENDPOINTS, name) ? ENDPOINTS[name] : undefined
}

/** Not a JPEG as on the real server, but a picture of the same code (protocol §2.1). */
async function qrPicture(_state: State, call: Call): Promise<Answer> {
  const text = `https://login.weixin.qq.com/l/${call.name.replaceAll('%3D', '=')}`
  return answer(200, 'image/png', await toBuffer(text, { width: 430 }))
}

/** `webwxlogout`: by POST with a form or without, or by GET (protocol §2.8). */
function logout(state: State, call: Call): Answer {
  const session = byCookies(state, call)
  if (typeof session !== 'number') endSession(state, session, 1100)
  const gone = 'Path=/; Expires=Thu, 01-Jan-1970 00:00:00 GMT'
  return answer(301, 'text/html', '', {
    location: `${state.origin}/`,
    'set-cookie': [`wxuin=; ${gone}`, `wxsid=; ${gone}`],
  })
}

/** What pages call and nobody checks. */
function ignored(): Answer {
  return ret(0)
}

const ENDPOINTS: Readonly<Record<string, Endpoint>> = {
  login: poll,
  webwxpushloginurl: pushLogin,
  webwxnewloginpage: newLoginPage,
  webwxinit: init,
  webwxstatusnotify: statusNotify,
  webwxgetcontact: getContact,
  webwxbatchgetcontact: batchGetContact,
  synccheck: syncCheck,
  webwxsync: sync,
  webwxsendmsg: sendText,
  webwxsendmsgimg: sendPicture,
  webwxsendvideomsg: sendVideo,
  webwxsendemoticon: sendSticker,
  webwxsendappmsg: sendFile,
  webwxrevokemsg: revoke,
  webwxcheckupload: checkUpload,
  webwxuploadmedia: uploadMedia,
  webwxgetmsgimg: messagePicture,
  webwxgetvoice: voice,
  webwxgetvideo: video,
  webwxgetmedia: file,
  webwxgetpubliclinkimg: mapPicture,
  webwxgeticon: avatar,
  webwxgetheadimg: avatar,
  webwxoplog: oplog,
  webwxverifyuser: verifyUser,
  webwxcreatechatroom: createChatroom,
  webwxupdatechatroom: updateChatroom,
  webwxlogout: logout,
  webwxpreview: ignored,
  webwxcheckurl: ignored,
  webwxstatreport: ignored,
  webwxsendfeedback: ignored,
  webwxsearchcontact: ignored,
}
