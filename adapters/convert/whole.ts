/** Bytes made of other bytes. */
export interface Made {
  readonly bytes: Uint8Array
  readonly mime: string
}

/**
 * All bytes of a stream that is known to be short. Undefined, with the rest left unread: there are more than `most`.
 * Rejects with what the stream fails with.
 */
export async function wholeOf(
  stream: ReadableStream<Uint8Array>,
  most: number,
): Promise<Uint8Array | undefined> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of stream) {
    size += chunk.byteLength
    if (size > most) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/** The bytes as a stream, in one piece. */
export const streamOf = (bytes: Uint8Array): ReadableStream<Uint8Array> =>
  new ReadableStream({
    start(controller) {
      if (bytes.byteLength > 0) controller.enqueue(bytes)
      controller.close()
    },
  })
