import { Quote } from './message.js'
import { say } from './outbox.js'
import { html, useEffect, useLayoutEffect, useRef, useState } from './preact.js'
import { changed, linkTo, management, state, words } from './state.js'
import { size } from './time.js'

const drafts = new Map()

/** Where one answers: Enter sends, Shift+Enter breaks the line, files come by button, paste or drop. */
export function Composer({ chat, handle, replyTo, onReplied }) {
  const t = words()
  const box = useRef()
  const chooser = useRef()
  const [text, setText] = useState(drafts.get(chat.id) ?? '')
  const [files, setFiles] = useState([])
  const write = (value) => {
    drafts.set(chat.id, value)
    setText(value)
  }
  const add = (list) => {
    const limit = state.server?.maxUploadBytes ?? Number.POSITIVE_INFINITY
    const large = list.find((file) => file.size > limit)
    const empty = list.find((file) => file.size === 0)
    if (large || empty) {
      state.toast = large ? t.tooBig(large.name, size(limit)) : t.emptyFile(empty.name)
      changed()
    }
    const fitting = list.filter((file) => file.size > 0 && file.size <= limit)
    setFiles((before) => [
      ...before,
      ...fitting.map((file) => ({ file, url: URL.createObjectURL(file) })),
    ])
    box.current?.focus()
  }
  handle.current = { add, put: write, focus: () => box.current?.focus() }

  useLayoutEffect(() => {
    box.current.style.height = 'auto'
    box.current.style.height = `${Math.min(box.current.scrollHeight, 180)}px`
  }, [text])
  useEffect(() => {
    if (matchMedia('(pointer: fine)').matches) box.current.focus({ preventScroll: true })
  }, [])

  const send = () => {
    const words = text.trim() ? text : ''
    if (!files.length && !words) return
    let answering = replyTo
    for (const { file, url } of files) {
      say(chat.id, { file, ...(answering && { replyTo: answering }) })
      answering = undefined
      URL.revokeObjectURL(url)
    }
    if (words) say(chat.id, { text: words, ...(answering && { replyTo: answering }) })
    setFiles([])
    write('')
    onReplied()
    box.current.focus()
  }
  const key = (event) => {
    // While an input method composes, Enter picks a word.
    if (event.isComposing || event.keyCode === 229) return
    if (event.key === 'Enter' && !event.shiftKey) {
      event.preventDefault()
      send()
    }
    if (event.key === 'Escape' && replyTo) onReplied()
  }
  const paste = (event) => {
    const pasted = [...event.clipboardData.files]
    if (!pasted.length) return
    event.preventDefault()
    add(pasted)
  }
  const drop = (url) => {
    URL.revokeObjectURL(url)
    setFiles((before) => before.filter((one) => one.url !== url))
  }

  if (!chat.open) {
    return html`<div class="composer closed"><textarea ref=${box} hidden></textarea><p>${t.notOpen}</p></div>`
  }
  return html`<form class="composer" onSubmit=${(event) => {
    event.preventDefault()
    send()
  }}>
    ${chat.left && html`<p class="warning">${t.leftText}</p>`}
    ${
      chat.unconfirmed &&
      html`<p class="warning">${t.unconfirmedText} <a class="link" href=${linkTo(management)}>${t.answer}</a></p>`
    }
    ${
      replyTo &&
      html`<div class="answering">
      <${Quote} look=${replyTo} onFind=${() => {}} />
      <button type="button" class="round" aria-label=${t.cancel} onClick=${onReplied}>×</button>
    </div>`
    }
    ${
      files.length > 0 &&
      html`<ul class="attached">
      ${files.map(
        ({ file, url }) => html`<li key=${url}>
          ${
            file.type.startsWith('image/')
              ? html`<img src=${url} alt=${file.name} />`
              : html`<span class="file-name"><bdi>${file.name}</bdi> <small>${size(file.size)}</small></span>`
          }
          <button type="button" class="round" aria-label=${`${t.remove}: ${file.name}`}
            onClick=${() => drop(url)}>×</button>
        </li>`,
      )}
    </ul>`
    }
    <div class="line">
      <button type="button" class="tool" aria-label=${t.attach} title=${t.attach}
        onClick=${() => chooser.current.click()}><${ClipIcon} /></button>
      <input type="file" multiple hidden ref=${chooser} onChange=${(event) => {
        add([...event.target.files])
        event.target.value = ''
      }} />
      <textarea ref=${box} rows="1" value=${text} placeholder=${t.write} aria-label=${t.write}
        enterkeyhint="send" dir="auto" maxlength="100000" onInput=${(e) => write(e.target.value)}
        onKeyDown=${key} onPaste=${paste}></textarea>
      <button class="send" aria-label=${t.send} title=${t.send}
        disabled=${!text.trim() && !files.length}><${SendIcon} /></button>
    </div>
  </form>`
}

const ClipIcon = () => html`<svg viewBox="0 0 24 24" class="icon" aria-hidden="true">
  <path d="m8 13 6.5-6.5a3.2 3.2 0 0 1 4.5 4.5l-8.5 8.5a5 5 0 0 1-7-7L11 5" />
</svg>`
const SendIcon = () => html`<svg viewBox="0 0 24 24" class="icon" aria-hidden="true">
  <path d="M12 19V5M6 11l6-6 6 6" />
</svg>`
