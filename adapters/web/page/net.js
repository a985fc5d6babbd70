// Calls to the bridge. Nothing here knows what is shown.

/** The bridge said no, or could not be reached (`status` 0). `again` is true where trying again may help. */
export class Failure extends Error {
  constructor(status, why, message) {
    super(message)
    this.status = status
    this.why = why
    this.again = status === 0 || status >= 500
  }
}

// The page's key: half of what lets this browser in. The other half is a cookie, which other ports of this
// machine might be sent; this half stays with the page's own origin, and opens nothing by itself.
const place = `key:${location.pathname}`
let own = new URLSearchParams(location.hash.slice(1)).get('key')
if (own) {
  history.replaceState(null, '', location.pathname)
  try {
    localStorage.setItem(place, own)
  } catch {
    // A browser that keeps nothing: it is let in until the page is closed.
  }
}

/** Another tab may have got a new one. */
function key() {
  try {
    own = localStorage.getItem(place) ?? own
  } catch {
    // As above.
  }
  return own ?? ''
}

export const get = (path, query = {}) => call(`${path}?${new URLSearchParams(query)}`, {})

export const post = (path, body) =>
  call(path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  })

/** Streams a file up; `tell` hears which part of it (0 to 1) has gone. `fetch` cannot say. */
export function upload(path, query, file, tell) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest()
    request.open('POST', `api/${path}?${new URLSearchParams(query)}`)
    request.responseType = 'json'
    request.setRequestHeader('Content-Type', 'application/octet-stream')
    request.setRequestHeader('X-Bridge-Key', key())
    request.upload.onprogress = ({ loaded, total }) => total && tell(loaded / total)
    request.onload = () => {
      const { response, status } = request
      if (status === 200 && response) return resolve(response)
      const no = status === 200 ? 0 : status
      reject(new Failure(no, response?.why ?? 'bug', response?.message ?? ''))
    }
    request.onerror = () => reject(new Failure(0, 'network', 'The bridge cannot be reached.'))
    request.onabort = request.onerror
    request.send(file)
  })
}

export const mediaUrl = (id, name) =>
  `api/media?${new URLSearchParams(name ? { id, name } : { id })}`

async function call(path, options) {
  const answer = await ask(path, options)
  const body = await answer.json().catch(() => undefined)
  if (answer.ok && body !== undefined) return body
  throw new Failure(answer.ok ? 0 : answer.status, body?.why ?? 'bug', body?.message ?? '')
}

async function ask(path, options) {
  try {
    const headers = { ...options.headers, 'X-Bridge-Key': key() }
    return await fetch(`api/${path}`, { ...options, headers })
  } catch {
    throw new Failure(0, 'network', 'The bridge cannot be reached.')
  }
}

/**
 * The stream of changes, kept open: `on.hello` after each connection, `on.lost` when it breaks, `on.refused`
 * when this browser is not let in any more, else the event's name with its data. Returns what ends it.
 */
export function live(language, on) {
  const ending = new AbortController()
  let wait = 500
  const told = (name, data) => {
    if (ending.signal.aborted) return
    if (name === 'hello') wait = 500
    on[name]?.(JSON.parse(data))
  }
  const run = async () => {
    while (!ending.signal.aborted) {
      const status = await follow(language, ending.signal, told).catch(() => 0)
      if (ending.signal.aborted) return
      if (status === 401) return on.refused()
      on.lost()
      await new Promise((resolve) => setTimeout(resolve, wait))
      wait = Math.min(wait * 2, 15_000)
    }
  }
  void run()
  return () => ending.abort()
}

/** One connection, to its end; resolves with the answer's status. `EventSource` could not send the key. */
async function follow(language, signal, told) {
  const answer = await ask(`live?language=${language}`, { signal })
  if (!answer.ok) return answer.status
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader()
  let text = ''
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return answer.status
    const frames = (text + value).split('\n\n')
    text = frames.pop()
    for (const frame of frames) {
      const [, name, data] = /^event: (\w+)\ndata: (.*)$/.exec(frame) ?? []
      if (name) told(name, data)
    }
  }
}
