import { Do } from './asks.js'
import { command } from './outbox.js'
import { html, useLayoutEffect, useRef, useState } from './preact.js'
import { linkTo, loadLetters, state, words } from './state.js'
import { brief, clock, full } from './time.js'

/** What waits for the person's word: sent again, or given up for good. */
export function Letters() {
  const t = words()
  const { list, more } = state.letters
  if (!list.length) return null
  return html`<section class="card letters" aria-label=${t.lettersTitle}>
    <h3>${t.lettersTitle}</h3>
    <p class="hint">${t.lettersText}</p>
    <ul>${list.map((letter) => html`<${Letter} key=${letter.seq} ...${letter} />`)}</ul>
    ${more && html`<button class="link" onClick=${() => loadLetters(true)}>${t.lettersMore}</button>`}
  </section>`
}

function Letter({ seq, state: how, towards, recalls, chat, what, why, since }) {
  const t = words()
  const name = chat?.name ?? ''
  const way = towards === 'wechat' ? t.toWeChat : t.toHub(towards)
  return html`<li class="letter">
    <p class="letter-head">
      ${
        chat?.open && chat.id !== 'bridge/management'
          ? html`<a class="letter-chat" href=${linkTo(chat.id)}><bdi>${name}</bdi></a>`
          : html`<span class="letter-chat"><bdi>${name}</bdi></span>`
      }
      <small>${way}</small>
      <time title=${full(since)}>${brief(since) === clock(since) ? clock(since) : `${brief(since)} ${clock(since)}`}</time>
    </p>
    <p class="letter-what" dir="auto">${recalls && html`<em>${t.letterRecalls} </em>`}<bdi>${what}</bdi></p>
    <p class="letter-why"><strong>${t.letterStates[how]}</strong>${why && html`: <bdi>${why}</bdi>`}</p>
    <${Acts} seq=${seq} how=${how} about=${`${name} ${what}`.slice(0, 80)} />
  </li>`
}

/** The two words there are for it. Giving up asks once: it cannot be taken back. */
export function Acts({ seq, how, about }) {
  const t = words()
  const [sure, setSure] = useState(false)
  const back = useRef()
  useLayoutEffect(() => {
    if (sure) back.current?.focus()
  }, [sure])
  if (sure) {
    return html`<div class="letter-acts" role="alertdialog" aria-label=${t.drop}>
      <p>${how === 'unknown' ? t.dropSureUnknown : t.dropSure}</p>
      <button class="small danger" onClick=${() => {
        setSure(false)
        void command(['drop', String(seq)])
      }}>${t.drop}</button>
      <button class="small" ref=${back} onClick=${() => setSure(false)}>${t.cancel}</button>
    </div>`
  }
  return html`<div class="letter-acts">
    <${Do} list=${['resend', String(seq)]} label=${how === 'held' ? t.sendHeld : t.again} about=${about} />
    <button class="small" aria-label=${`${t.drop}: ${about}`} onClick=${() => setSure(true)}>${t.drop}</button>
  </div>`
}
