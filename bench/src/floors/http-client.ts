// Floor of calls: one plain Node process that makes the same requests over kept-alive connections.
// Told `{ url, count, parallel }` by its parent, it answers with the milliseconds that they took.
import * as http from "node:http"

const agent = new http.Agent({ keepAlive: true })

const get = (url: string): Promise<unknown> =>
  new Promise((resolve, reject) => {
    http
      .get(url, { agent }, (response) => {
        let text = ""
        response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk))
        response.once("end", () => resolve(JSON.parse(text)))
      })
      .once("error", reject)
  })

interface Order {
  readonly url: string
  readonly count: number
  readonly parallel: boolean
}

const carryOut = async ({ count, parallel, url }: Order): Promise<number> => {
  const begin = performance.now()
  if (parallel) await Promise.all(Array.from({ length: count }, (_, id) => get(`${url}/items/${id}`)))
  else for (let id = 0; id < count; id++) await get(`${url}/items/${id}`)
  return performance.now() - begin
}

process.on("message", (order: Order) => void carryOut(order).then((taken) => process.send!(taken)))
