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

export const get = (path, query = {}) => call(`/api/${path}?${new URLSearchParams(query)}`, {})

export const post = (path, body) =>
  call(`/api/${path}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  })

export const upload = (path, query, file) =>
  call(`/api/${path}?${new URLSearchParams(query)}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/octet-stream' },
    body: file,
  })

export const mediaUrl = (id, name) =>
  `/api/media?${new URLSearchParams(name ? { id, name } : { id })}`

async function call(url, options) {
  let answer
  try {
    answer = await fetch(url, { ...options, headers: { ...options.headers, 'X-Bridge-Page': '1' } })
  } catch {
    throw new Failure(0, 'network', 'The bridge cannot be reached.')
  }
  const body = await answer.json().catch(() => undefined)
  if (answer.ok && body !== undefined) return body
  throw new Failure(answer.ok ? 0 : answer.status, body?.why ?? 'bug', body?.message ?? '')
}

/**
 * The stream of changes, kept open: `on.hello` after each connection, `on.lost` when it breaks, `on.refused`
 * when this browser is not let in any more. Returns what ends it.
 */
export function live(language, on) {
  let source
  let timer
  let wait = 500
  const open = () => {
    source = new EventSource(`/api/live?language=${language}`)
    for (const name of ['hello', 'message', 'chats', 'state', 'reload']) {
      source.addEventListener(name, (event) => {
        if (name === 'hello') wait = 500
        on[name]?.(JSON.parse(event.data))
      })
    }
    source.onerror = () => {
      source.close()
      on.lost()
      timer = setTimeout(again, wait)
      wait = Math.min(wait * 2, 15_000)
    }
  }
  const again = async () => {
    try {
      await get('state')
      open()
    } catch (error) {
      if (error.status === 401) return on.refused()
      timer = setTimeout(again, wait)
      wait = Math.min(wait * 2, 15_000)
    }
  }
  open()
  return () => {
    clearTimeout(timer)
    source.close()
  }
}
