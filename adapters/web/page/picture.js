import { onKept } from './kept.js'
import { mediaUrl } from './net.js'
import { html, useEffect, useLayoutEffect, useRef, useState } from './preact.js'
import { words } from './state.js'
import { size } from './time.js'

/** Milliseconds after which a picture that is not kept yet is asked for again, if nothing is told before. */
const patience = [1000, 3000, 8000, 20_000]

let enlarge = () => {}

/** Media of a message: pictures are shown and can be enlarged, the rest is offered for download. */
export function Media({ media, label, via }) {
  if (media.kind === 'image' || media.kind === 'sticker') {
    return html`<${Picture} key=${media.id} media=${media} label=${label} />`
  }
  const t = words()
  const name = media.name || t.kinds[media.kind]
  const detail = [media.bytes && size(media.bytes), via && t.via(via), t.download]
  return html`<a class="file" href=${mediaUrl(media.id, name)} download=${name}>
    <span class="file-icon"><${FileIcon} /><b aria-hidden="true">${endingOf(name)}</b></span>
    <span class="file-name"><bdi>${name}</bdi></span>
    <span class="file-size">${detail.filter(Boolean).join(' · ')}</span>
  </a>`
}

const endingOf = (name) => /\.([a-z0-9]{1,4})$/i.exec(name)?.[1].toUpperCase() ?? ''

/** `still`: it belongs to something else, and is not enlarged; where it is missing nothing stands for it. */
export function Picture({ media, label, still }) {
  /** How often it was asked for and failed, whether it is being asked for, and whether it is there. */
  const [load, setLoad] = useState({ tries: 0, failed: 0, asking: true, loaded: false })
  const { asking, failed, loaded, tries } = load
  const waits = !asking && failed <= patience.length
  const again = () =>
    setLoad((now) => (now.loaded ? now : { ...now, tries: now.tries + 1, asking: true }))
  // Before anything else can be told: it may be kept in the very moment it is asked for in vain.
  useLayoutEffect(() => onKept((id) => id === media.id && again()), [])
  useEffect(() => {
    if (!waits) return
    const timer = setTimeout(again, patience[failed - 1])
    return () => clearTimeout(timer)
  }, [failed, asking])
  if (!asking && still) return html`<span class="no-picture"></span>`
  if (!asking) {
    return html`<span class="picture-missing">
      ${waits ? words().pictureWaiting : words().pictureGone}
      ${!waits && html`<button class="link" onClick=${again}>${words().retryPicture}</button>`}
    </span>`
  }
  const src = mediaUrl(media.id) + (tries ? `&try=${tries}` : '')
  const ratio = media.width && media.height ? `${media.width} / ${media.height}` : undefined
  const alt = media.kind === 'sticker' ? words().sticker : words().picture
  const image = html`<img src=${src} alt=${still ? '' : alt} style=${ratio && !still ? { aspectRatio: ratio } : {}}
    onLoad=${() => setLoad({ ...load, loaded: true })}
    onError=${() => setLoad({ ...load, failed: failed + 1, asking: false })} />`
  if (still) return image
  return html`<button class=${`picture ${media.kind} ${loaded ? 'loaded' : ''}`}
    onClick=${() => enlarge(src, label)} aria-label=${words().enlarge}>${image}</button>`
}

/** The one place where a picture is shown large. */
export function Lightbox() {
  const [shown, setShown] = useState(undefined)
  const dialog = useRef()
  enlarge = (src, label) => setShown({ src, label })
  useEffect(() => {
    if (shown && !dialog.current.open) dialog.current.showModal()
  }, [shown])
  const close = () => dialog.current.close()
  return html`<dialog class="lightbox" ref=${dialog} onClose=${() => setShown(undefined)}
    onClick=${close} aria-label=${words().picture}>
    ${shown && html`<img src=${shown.src} alt=${words().picture} />`}
    ${shown?.label && html`<p><bdi>${shown.label}</bdi></p>`}
    <button class="round" aria-label=${words().close} onClick=${close}>×</button>
  </dialog>`
}

const FileIcon = () => html`<svg viewBox="0 0 24 24" class="icon" aria-hidden="true">
  <path d="M6 3h8l4 4v14H6zM14 3v4h4" />
</svg>`
