import { Avatar } from './avatar.js'
import { History } from './history.js'
import { Picture } from './picture.js'
import { html } from './preact.js'
import { words } from './state.js'

// How each kind looks that is more than words or bytes: given the fields of its content.

/** A frame around one thing; all of it is the link, where there is one. Below stands what it is. */
function Frame({ kind, label, url, children }) {
  const inside = html`${children}<small class="card-label">${label}</small>`
  if (!isWeb(url)) return html`<div class=${`card-kind ${kind}`}>${inside}</div>`
  return html`<a class=${`card-kind ${kind}`} href=${url} target="_blank" rel="noopener noreferrer">${inside}</a>`
}

/** Whatever is kept: nothing but an address of the web is ever a link. */
const isWeb = (url) => /^https?:\/\//i.test(url ?? '')

const Thumb = ({ media }) =>
  media &&
  html`<span class="thumb"><${Picture} key=${media.id} media=${media} label="" still /></span>`

const lined = (...parts) => parts.filter(Boolean).join(' · ')

function Location({ latitude, longitude, label, poi, map }) {
  const t = words()
  const place = `https://apis.map.qq.com/uri/v1/geocoder?coord=${latitude},${longitude}`
  return html`<${Frame} kind="location" label=${`${t.kinds.location} · ${t.openMap}`} url=${place}>
    ${map ? html`<span class="map"><${Picture} key=${map.id} media=${map} label="" still /></span>` : html`<${Pin} />`}
    <strong><bdi>${poi || label}</bdi></strong>
    ${poi && label && html`<span class="card-text"><bdi>${label}</bdi></span>`}
  <//>`
}

function Card({ name, mp, alias, region, contact }) {
  const t = words()
  return html`<${Frame} kind="person" label=${mp ? t.kinds.mp : t.kinds.card}>
    <${Avatar} id=${contact ?? name} name=${name} kind=${mp ? 'mp' : 'friend'} />
    <strong><bdi>${name}</bdi></strong>
    <span class="card-text"><bdi>${lined(alias && t.weChatId(alias), region)}</bdi></span>
  <//>`
}

function Link({ title, url, description, source, thumb }) {
  return html`<${Frame} kind="link-card" label=${source ?? words().kinds.link} url=${url}>
    <${Thumb} media=${thumb} />
    <strong><bdi>${title || url}</bdi></strong>
    ${description && html`<span class="card-text"><bdi>${description}</bdi></span>`}
  <//>`
}

function Articles({ articles, source }) {
  return html`<div class="card-kind articles">
    <ul>
      ${articles.map(
        ({ title, url, digest }) => html`<li>
          ${
            isWeb(url)
              ? html`<a href=${url} target="_blank" rel="noopener noreferrer"><bdi>${title || url}</bdi></a>`
              : html`<bdi>${title}</bdi>`
          }
          ${digest && html`<span class="card-text"><bdi>${digest}</bdi></span>`}
        </li>`,
      )}
    </ul>
    <small class="card-label">${source ?? words().kinds.articles}</small>
  </div>`
}

function Music({ title, url, artist, source, thumb }) {
  return html`<${Frame} kind="link-card" label=${lined(words().kinds.music, source)} url=${url}>
    ${thumb ? html`<${Thumb} media=${thumb} />` : html`<span class="thumb sign" aria-hidden="true">♪</span>`}
    <strong><bdi>${title || url}</bdi></strong>
    <span class="card-text"><bdi>${artist}</bdi></span>
  <//>`
}

function Channel({ what, author, text, url }) {
  const t = words()
  const label = {
    card: t.kinds.channelCard,
    video: t.kinds.channelVideo,
    live: t.kinds.channelLive,
  }
  return html`<${Frame} kind="link-card" label=${lined(label[what], !url && t.onPhone)} url=${url}>
    <span class="thumb sign" aria-hidden="true">${what === 'card' ? '◍' : '▶'}</span>
    <strong><bdi>${author}</bdi></strong>
    ${text && html`<span class="card-text"><bdi>${text}</bdi></span>`}
  <//>`
}

function MiniProgram({ title, app, url, thumb }) {
  const t = words()
  return html`<${Frame} kind="link-card" label=${lined(t.kinds.miniProgram, app)} url=${url}>
    ${thumb ? html`<${Thumb} media=${thumb} />` : html`<span class="thumb sign" aria-hidden="true">◈</span>`}
    <strong><bdi>${title || app}</bdi></strong>
    <span class="card-text">${t.onPhone}</span>
  <//>`
}

function GroupInvite({ text, url }) {
  const t = words()
  return html`<${Frame} kind="plain-card" label=${`${t.kinds.groupInvite} · ${t.acceptOnPhone}`} url=${url}>
    <strong><bdi>${text || t.kinds.groupInvite}</bdi></strong>
  <//>`
}

const Long =
  (kind) =>
  ({ text }) =>
    html`<${Frame} kind="plain-card" label=${words().kinds[kind]}>
    <span class="card-long" dir="auto">${text}</span>
  <//>`

function RedPacket({ greeting }) {
  const t = words()
  return html`<${Frame} kind="money packet" label=${`${t.kinds.redPacket} · ${t.openOnPhone}`}>
    <span class="thumb sign" aria-hidden="true">福</span>
    <strong><bdi>${greeting || t.kinds.redPacket}</bdi></strong>
  <//>`
}

function Transfer({ amount, memo, phase }) {
  const t = words()
  return html`<${Frame} kind="money transfer" label=${lined(t.kinds.transfer, t.phases[phase], t.onPhone)}>
    <span class="thumb sign" aria-hidden="true">⇄</span>
    <strong><bdi>${amount || t.kinds.transfer}</bdi></strong>
    ${memo && html`<span class="card-text"><bdi>${memo}</bdi></span>`}
  <//>`
}

function Call({ medium, phase, text }) {
  const t = words()
  return html`<p class=${`call ${phase}`}>
    <${medium === 'video' ? CameraIcon : PhoneIcon} />
    <span>${t.calls[medium]} ${t.callPhases[phase]}${text && html` <bdi>${text}</bdi>`}
      ${phase !== 'ended' && html`<small>${phase === 'ringing' ? t.takeOnPhone : t.onPhone}</small>`}</span>
  </p>`
}

const signs = ['', '✌️', '✊', '✋']
function Throw({ game, result, look }) {
  if (game === 'dice' && result) return html`<${Die} result=${result} label=${look.line} />`
  const sign = game === 'dice' ? '🎲' : signs[result]
  return html`<p class="thrown"><span aria-hidden="true">${sign}</span> <small>${look.line.replace(sign, '')}</small></p>`
}

/** The places of a die that have a pip, three by three, for one to six. */
const pips = [[], [4], [0, 8], [0, 4, 8], [0, 2, 6, 8], [0, 2, 4, 6, 8], [0, 2, 3, 5, 6, 8]]
const Die = ({
  result,
  label,
}) => html`<svg viewBox="0 0 48 48" class="die" role="img" aria-label=${label}>
  <rect x="2" y="2" width="44" height="44" rx="10" />
  ${(pips[result] ?? []).map((at) => html`<circle cx=${12 + (at % 3) * 12} cy=${12 + Math.floor(at / 3) * 12} r="4" />`)}
</svg>`

/** By kind. What is not here is shown as its words. */
export const cards = {
  location: Location,
  card: Card,
  link: Link,
  articles: Articles,
  music: Music,
  channel: Channel,
  miniProgram: MiniProgram,
  history: History,
  groupInvite: GroupInvite,
  solitaire: Long('solitaire'),
  announcement: Long('announcement'),
  redPacket: RedPacket,
  transfer: Transfer,
  call: Call,
  throw: Throw,
}

const Pin = () => html`<svg viewBox="0 0 24 24" class="icon pin" aria-hidden="true">
  <path d="M12 21s7-6.3 7-11.5A7 7 0 0 0 5 9.5C5 14.7 12 21 12 21z" /><circle cx="12" cy="9.5" r="2.3" />
</svg>`
const PhoneIcon = () => html`<svg viewBox="0 0 24 24" class="icon" aria-hidden="true">
  <path d="M6 4h3l2 5-2.5 1.5a11 11 0 0 0 5 5L15 13l5 2v3a2 2 0 0 1-2 2A14 14 0 0 1 4 6a2 2 0 0 1 2-2z" />
</svg>`
const CameraIcon = () => html`<svg viewBox="0 0 24 24" class="icon" aria-hidden="true">
  <rect x="3.5" y="6.5" width="11.5" height="11" rx="2.5" /><path d="m15 11 5.5-3v8L15 13z" />
</svg>`
