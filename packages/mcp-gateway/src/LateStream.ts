// An answer that comes soon is sent as it is, with its own HTTP status. One that takes longer gets a stream meanwhile:
// headers that are held back for a minute look like a dead server to several clients.

/** Milliseconds that headers are held back. */
const soon = 50
/** Milliseconds between two comment lines that keep an idle stream open. */
const keepAlive = 15_000

const encoder = new TextEncoder()

const isStream = (response: Response): boolean =>
  response.headers.get("content-type")?.startsWith("text/event-stream") ?? false

/** The answer itself when it is there soon, else an event stream that ends with it. */
export const streamWhenLate = async (answer: Promise<Response>): Promise<Response> => {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), soon)
  })
  try {
    return (await Promise.race([answer, late])) ?? eventStream(answer)
  } finally {
    clearTimeout(timer)
  }
}

const eventStream = (answer: Promise<Response>): Response => {
  let inner: ReadableStreamDefaultReader<Uint8Array> | undefined
  let comments: ReturnType<typeof setInterval> | undefined

  const copy = async (controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> => {
    const response = await answer
    clearInterval(comments)
    if (response.body !== null && isStream(response)) {
      inner = response.body.getReader()
      for (let next = await inner.read(); !next.done; next = await inner.read()) controller.enqueue(next.value)
    } else if (response.body !== null) {
      controller.enqueue(encoder.encode(`event: message\ndata: ${await response.text()}\n\n`))
    }
    controller.close()
  }

  const body = new ReadableStream<Uint8Array>({
    start: (controller) => {
      comments = setInterval(() => controller.enqueue(encoder.encode(": keepalive\n\n")), keepAlive)
      copy(controller).catch((error: unknown) => {
        clearInterval(comments)
        // Where the reader of this stream went away first, this has no effect.
        controller.error(error)
      })
    },
    cancel: (reason) => {
      clearInterval(comments)
      return inner?.cancel(reason)
    }
  })
  return new Response(body, {
    headers: {
      "content-type": "text/event-stream",
      "cache-control": "no-cache, no-transform",
      "x-accel-buffering": "no"
    }
  })
}
