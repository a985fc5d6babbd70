import { onKept } from './kept.js'
import { mediaUrl } from './net.js'
import { html, useEffect, useLayoutEffect, useRef, useState } from './preact.js'
import { words } from './state.js'

/** How often a medium was asked for: once more each time its bytes have come. */
function useTries(id) {
  const [tries, setTries] = useState(0)
  useLayoutEffect(() => onKept((kept) => kept === id && setTries((n) => n + 1)), [id])
  return [tries, () => setTries((n) => n + 1)]
}

const urlOf = (media, tries) => mediaUrl(media.id) + (tries ? `&try=${tries}` : '')

/** A voice message: a button, how far it is, and how long it takes. */
export function Voice({ media }) {
  const t = words()
  const sound = useRef()
  const [tries, again] = useTries(media.id)
  const [at, setAt] = useState({ playing: false, now: 0, length: (media.ms ?? 0) / 1000 })
  const [failed, setFailed] = useState(false)
  useEffect(() => setFailed(false), [tries])
  const toggle = () => {
    if (failed) return again()
    if (at.playing) return sound.current.pause()
    for (const other of document.querySelectorAll('audio, video')) other.pause()
    sound.current.play().catch(() => {})
  }
  const moved = () => {
    const { currentTime, duration } = sound.current
    const length = Number.isFinite(duration) && duration > 0 ? duration : at.length
    setAt((before) => ({ ...before, now: currentTime, length }))
  }
  const shown = at.now > 0 ? at.now : at.length
  return html`<div class=${`voice ${at.playing ? 'playing' : ''}`}>
    <button type="button" class="play" onClick=${toggle}
      aria-label=${`${at.playing ? t.pause : t.play}: ${t.kinds.voice}`}>
      <${at.playing ? PauseIcon : PlayIcon} />
    </button>
    <input type="range" min="0" max=${at.length || 1} step="0.1" value=${at.now}
      aria-label=${t.position} onInput=${(event) => {
        sound.current.currentTime = Number(event.target.value)
        moved()
      }} />
    <span class="voice-length">${shown ? time(shown) : ''}</span>
    ${failed && html`<span class="voice-failed" role="status">${t.mediaGone}</span>`}
    <audio ref=${sound} preload="none" src=${urlOf(media, tries)} onTimeUpdate=${moved}
      onDurationChange=${moved} onPlay=${() => setAt((before) => ({ ...before, playing: true }))}
      onPause=${() => setAt((before) => ({ ...before, playing: false }))}
      onEnded=${() => setAt((before) => ({ ...before, playing: false, now: 0 }))}
      onError=${() => setFailed(true)}></audio>
  </div>`
}

/** A video under its still picture. What a browser cannot play can be downloaded. */
export function Video({ media, poster, name }) {
  const t = words()
  const [tries, again] = useTries(media.id)
  const [stills] = useTries(poster?.id)
  const [failed, setFailed] = useState(false)
  useEffect(() => setFailed(false), [tries])
  const ratio = media.width && media.height ? `${media.width} / ${media.height}` : undefined
  return html`<div class="video">
    <video controls playsinline preload=${poster ? 'none' : 'metadata'} src=${urlOf(media, tries)}
      poster=${poster ? urlOf(poster, stills) : undefined} aria-label=${t.kinds.video}
      style=${ratio ? { aspectRatio: ratio } : {}} onError=${() => setFailed(true)}></video>
    ${media.ms > 0 && html`<span class="video-length">${time(media.ms / 1000)}</span>`}
    ${
      failed &&
      html`<p class="video-failed" role="status">
      ${t.unplayable} <button class="link" onClick=${again}>${t.retryPicture}</button>
      <a class="link" href=${mediaUrl(media.id)} download=${name ?? 'video.mp4'}>${t.download}</a>
    </p>`
    }
  </div>`
}

function time(seconds) {
  const whole = Math.max(1, Math.round(seconds))
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`
}

const PlayIcon = () => html`<svg viewBox="0 0 24 24" class="icon solid" aria-hidden="true">
  <path d="M8 5.5v13l11-6.5z" />
</svg>`
const PauseIcon = () => html`<svg viewBox="0 0 24 24" class="icon solid" aria-hidden="true">
  <path d="M7 5.5h3.5v13H7zM13.5 5.5H17v13h-3.5z" />
</svg>`
