import { command } from './outbox.js'
import { html, useEffect, useState } from './preact.js'
import { linkTo, management, state, words } from './state.js'

// What waits for an answer of the person's: buttons for the commands a room would have them type.

/** The view as a question with its answers, or undefined where it is none. */
export function askOf(view) {
  const Ask = view.kind === 'friendRequest' ? FriendRequest : notices[view.notice]
  return Ask && view.more ? html`<${Ask} ...${view.more} view=${view} />` : undefined
}

/** After this long, in milliseconds, a button may be pressed again: what it asked for may not have been done. */
const patience = 5000

/** A button for a command, said in `chat` (a list's numbers count in the room of the list). It rests after it was pressed, unless the bridge did not hear it. */
export function Do({ list, chat, label, about, look = 'small' }) {
  const [resting, rest] = useState(false)
  useEffect(() => {
    if (!resting) return
    const timer = setTimeout(() => rest(false), patience)
    return () => clearTimeout(timer)
  }, [resting])
  const press = async () => {
    rest(true)
    if (!(await command(list, chat))) rest(false)
  }
  return html`<button class=${look} disabled=${resting} onClick=${press}
    aria-label=${about ? `${label}: ${about}` : undefined}>${label}</button>`
}

/** Questions answered since the page was opened; the bridge's own word for it comes as a notice. */
const answered = new Set()

function Doubt({ code, name, about, choices, view }) {
  const t = words()
  const [, draw] = useState(0)
  const id = `${view.id} ${code}`
  const later = state.talks.get(management)?.list ?? []
  const settled = later.some(
    (one) => one.notice === 'settled' && one.seq > view.seq && one.more?.name === name,
  )
  const answer = async (choice) => {
    answered.add(id)
    draw((n) => n + 1)
    if (!(await command(['same', code, choice]))) answered.delete(id)
    draw((n) => n + 1)
  }
  const closed = settled || answered.has(id)
  return html`<section class="asks" aria-label=${t.doubtTitle(name)}>
    <strong><bdi>${t.doubtTitle(name)}</bdi></strong>
    ${about.length > 0 && html`<p class="asks-about"><bdi>${about.join(' · ')}</bdi></p>`}
    ${
      closed
        ? html`<p class="hint" role="status">${t.doubtDone}</p>`
        : html`<p>${t.doubtText}</p>
      <ul>
        ${choices.map(
          (choice, at) => html`<li>
            <button class="button" onClick=${() => answer(String(at + 1))}>
              <bdi>${t.doubtIs(choice.name)}</bdi>
              ${choice.last && html`<small><bdi>${t.doubtLast(choice.last)}</bdi></small>`}
            </button>
          </li>`,
        )}
        <li><button class="button" onClick=${() => answer('new')}>${t.doubtNew}</button></li>
      </ul>`
    }
  </section>`
}

const Held = () => {
  const t = words()
  return html`<p>${t.heldText}. <a class="link" href=${linkTo(management)}>${t.answer}</a></p>`
}

const Line = ({ name, number, detail, label, list, chat }) => html`<li class="asks-line">
  <span>${number && `${number}. `}<bdi>${name}</bdi>${detail && html` <small><bdi>${detail}</bdi></small>`}</span>
  <${Do} list=${list} chat=${chat} label=${label} about=${name} />
</li>`

function Found({ found, more, view }) {
  const t = words()
  const kinds = { group: t.group(), mp: t.mp, self: t.self, friend: t.friend }
  if (!found.length) return html`<p><bdi>${view.text}</bdi></p>`
  return html`<ul class="asks">
    ${found.map(
      (
        each,
        at,
      ) => html`<${Line} name=${each.name} number=${at + 1} label=${t.openRoom} list=${['start', String(at + 1)]} chat=${view.chat}
        detail=${[kinds[each.kind], each.alias, each.detail].filter(Boolean).join(' · ')} />`,
    )}
    ${more && html`<li class="hint">${t.foundMore}</li>`}
  </ul>`
}

function Requests({ requests, view }) {
  if (!requests.length) return html`<p><bdi>${view.text}</bdi></p>`
  return html`<ul class="asks">
    ${requests.map(
      ({ request, name, greeting }) => html`<${Line} name=${name} detail=${greeting}
        label=${words().accept} list=${['accept', request]} />`,
    )}
  </ul>`
}

function FriendRequest({ name, greeting, request }) {
  const t = words()
  return html`<section class="asks friend-request" aria-label=${t.kinds.friendRequest}>
    <strong><bdi>${t.wantsFriend(name)}</bdi></strong>
    ${greeting && html`<p class="asks-about"><bdi>“${greeting}”</bdi></p>`}
    <${Do} list=${['accept', request]} label=${t.accept} look="button primary" />
  </section>`
}

const notices = { doubt: Doubt, held: Held, found: Found, requests: Requests }
