// The lessons of known faults in local daemons, each over real sockets.
import * as net from "node:net"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { rotate } from "../src/Keys.ts"
import { listen } from "../src/Listener.ts"
import { methods, openHouse, payloads, raw, request, statusOf, type TestHouse } from "./TestHouse.ts"

let house: TestHouse
beforeAll(async () => {
  house = await openHouse()
})
afterAll(() => house.close())

const host = () => ["Host", `127.0.0.1:${house.port}`] as const
const bearer = (key: string) => ["Authorization", `Bearer ${key}`] as const
const json = ["Content-Type", "application/json"] as const
const upgrade = [
  ["Connection", "Upgrade"],
  ["Upgrade", "websocket"],
  ["Sec-WebSocket-Version", "13"],
  ["Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="]
] as const
const call = (tag: string) =>
  `${JSON.stringify({ _tag: "Request", id: "1", tag, payload: payloads[tag], headers: [] })}\n`
const post = (path: string, headers: Record<string, string>, body: string) =>
  fetch(`http://127.0.0.1:${house.port}${path}`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body
  })

describe("DNS rebinding: a Host that is not exactly ours", () => {
  const foreign = () =>
    [
      [["Host", `evil:${house.port}`]],
      [["Host", `127.0.0.1.evil:${house.port}`]],
      [["Host", `localhost.:${house.port}`]],
      [],
      [host(), host()],
      [host(), ["Host", "evil"]],
      [["Host", "127.0.0.1"]],
      [["Host", `[::ffff:127.0.0.1]:${house.port}`]]
    ] as ReadonlyArray<ReadonlyArray<readonly [string, string]>>

  it("gets 403 on every door, method, stream and preflight", async () => {
    for (const hosts of foreign()) {
      for (const start of [
        "GET /health",
        "POST /challenge",
        "POST /mcp",
        "GET /mcp",
        "POST /rpc",
        "OPTIONS /rpc",
        "OPTIONS /mcp",
        "GET /"
      ]) {
        const answer = await raw(
          house.port,
          request(start, [...hosts, bearer(house.owner), json, ["Accept", "text/event-stream"]])
        )
        expect([start, hosts, statusOf(answer)]).toEqual([start, hosts, 403])
      }
    }
  })

  it("gets 403 on an upgrade", async () => {
    for (const hosts of foreign()) {
      expect(statusOf(await raw(house.port, request("GET /rpc", [...hosts, bearer(house.owner), ...upgrade])))).toBe(
        403
      )
    }
  })

  it("cannot be smuggled in an absolute request target", async () => {
    const answer = await raw(
      house.port,
      request(`POST http://127.0.0.1:${house.port}/mcp`, [host(), bearer(house.owner), json], "{}")
    )
    expect(statusOf(answer)).toBe(404)
  })
})

describe("pages in the user's browser", () => {
  it.each(["https://evil.example", "null", "http://localhost:3000"])(
    "Origin %s is refused everywhere and never told that it may ask",
    async (origin) => {
      for (const start of ["GET /health", "POST /mcp", "POST /rpc", "OPTIONS /mcp", "OPTIONS /rpc"]) {
        const answer = await raw(house.port, request(start, [host(), ["Origin", origin], bearer(house.owner), json]))
        expect([start, statusOf(answer)]).toEqual([start, 403])
        expect(answer.toLowerCase()).not.toContain("access-control-")
      }
      expect(
        statusOf(
          await raw(house.port, request("GET /rpc", [host(), ["Origin", origin], bearer(house.owner), ...upgrade]))
        )
      ).toBe(403)
    }
  )

  it("a form or a plain-text request without preflight is refused even with a key", async () => {
    for (const type of ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]) {
      expect(
        (await post("/rpc", { authorization: `Bearer ${house.owner}`, "content-type": type }, call("Host.Status")))
          .status
      ).toBe(415)
    }
  })
})

describe("no key", () => {
  it("opens nothing but health and challenge, and GET changes nothing anywhere", async () => {
    const before = house.reached.length
    for (const path of ["/mcp", "/rpc", "/", "/info", "/config", "/rpc/Runs.Execute?code=1"]) {
      for (const method of ["GET", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"]) {
        expect([method, path, statusOf(await raw(house.port, request(`${method} ${path}`, [host(), json])))]).toEqual([
          method,
          path,
          401
        ])
      }
    }
    expect(await (await fetch(`http://127.0.0.1:${house.port}/health`)).json()).toEqual({ ok: true })
    expect(house.reached.length).toBe(before)
  })

  it("a key in the query is none, and is not repeated in the answer", async () => {
    for (const path of ["/mcp", "/rpc"]) {
      const answer = await post(`${path}?token=${house.owner}`, {}, call("Host.Status"))
      expect(answer.status).toBe(401)
      expect(await answer.text()).not.toContain(house.owner)
    }
    expect(statusOf(await raw(house.port, request(`GET /rpc?token=${house.owner}`, [host(), ...upgrade])))).toBe(401)
  })

  it("answers of every status hold no key", async () => {
    const answers = await Promise.all([
      post("/rpc", { authorization: `Bearer ${house.agent}` }, call("Host.Status")),
      post("/mcp", { authorization: `Bearer ${house.agent}` }, "{}"),
      post("/challenge", {}, JSON.stringify({ nonce: "n".repeat(43) })),
      fetch(`http://127.0.0.1:${house.port}/health`),
      post("/nothing", { authorization: `Bearer ${house.owner}` }, "{}")
    ])
    for (const answer of answers) {
      const text = JSON.stringify([...answer.headers]) + (await answer.text())
      expect(text).not.toContain(house.owner)
      expect(text).not.toContain(house.agent)
    }
  })
})

describe("an agent's key", () => {
  it("opens /mcp", async () => {
    expect((await post("/mcp", { authorization: `Bearer ${house.agent}` }, "{}")).status).toBe(200)
    expect(house.reached.at(-1)).toBe("mcp as agent")
  })

  it.each(methods)("is refused on %s, over HTTP and over a socket, with an explanation", async (tag) => {
    const before = house.reached.length
    const answer = await post("/rpc", { authorization: `Bearer ${house.agent}` }, call(tag))
    expect(answer.status).toBe(403)
    expect(((await answer.json()) as { error: string }).error).toContain("agent's key")
    const [exit] = await overSocket([{ tag, key: house.agent }])
    expect(JSON.stringify(exit)).toContain('"Unauthorized"')
    expect(JSON.stringify(exit)).toContain("agent's key")
    expect(house.reached.length).toBe(before)
  })

  it("does not become the owner's by a second key in the message", async () => {
    const message = {
      _tag: "Request",
      id: "1",
      tag: "Host.Status",
      headers: [["authorization", `Bearer ${house.owner}x`]]
    }
    const answer = await post("/rpc", { authorization: `Bearer ${house.agent}` }, `${JSON.stringify(message)}\n`)
    expect(answer.status).toBe(403)
  })
})

describe("the owner's key", () => {
  it.each(methods)("reaches %s", async (tag) => {
    house.reached.length = 0
    const answer = await post("/rpc", { authorization: `Bearer ${house.owner}` }, call(tag))
    expect(answer.status).toBe(200)
    await answer.text()
    expect(house.reached).toEqual([tag])
  })

  it("opens nothing any more once it was replaced, also on a socket that it had opened", async () => {
    const other = await openHouse()
    try {
      const socket = await openSocket(other.port)
      const first = await ask(socket, "Sources.List", other.owner)
      rotate(other.home, "owner")
      const second = await ask(socket, "Sources.List", other.owner)
      socket.close()
      expect(JSON.stringify(first)).toContain("reached")
      expect(JSON.stringify(second)).toContain("Unauthorized")
      const answer = await fetch(`http://127.0.0.1:${other.port}/rpc`, {
        method: "POST",
        headers: { authorization: `Bearer ${other.owner}`, "content-type": "application/json" },
        body: call("Sources.List")
      })
      expect(answer.status).toBe(401)
    } finally {
      await other.close()
    }
  })
})

const openSocket = (port: number): Promise<WebSocket> =>
  new Promise((resolve, reject) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/rpc`)
    socket.onopen = () => resolve(socket)
    socket.onerror = () => reject(new Error("the socket did not open"))
  })

let nextId = 0
const ask = (socket: WebSocket, tag: string, key?: string): Promise<unknown> => {
  const id = String(nextId++)
  return new Promise((resolve, reject) => {
    socket.addEventListener("message", function hear({ data }) {
      for (const line of String(data)
        .split("\n")
        .filter((each) => each !== "")) {
        const message = JSON.parse(line) as { _tag: string; requestId?: string }
        if (message._tag !== "Exit" || message.requestId !== id) continue
        socket.removeEventListener("message", hear)
        resolve(message)
      }
    })
    socket.addEventListener("close", () => reject(new Error("the socket was closed")))
    const headers = key === undefined ? [] : [["authorization", `Bearer ${key}`]]
    socket.send(`${JSON.stringify({ _tag: "Request", id, tag, payload: payloads[tag], headers })}\n`)
  })
}

const overSocket = async (
  calls: ReadonlyArray<{ readonly tag: string; readonly key?: string }>
): Promise<ReadonlyArray<unknown>> => {
  const socket = await openSocket(house.port)
  try {
    const answers: Array<unknown> = []
    for (const { tag, key } of calls) answers.push(await ask(socket, tag, key))
    return answers
  } finally {
    socket.close()
  }
}

const closed = (socket: WebSocket): Promise<number> =>
  new Promise((resolve) => {
    socket.onclose = ({ code }) => resolve(code)
  })

describe("a socket", () => {
  it("that shows no key is closed, and one that showed the owner's stays", async () => {
    const stranger = await openSocket(house.port)
    const friend = await openSocket(house.port)
    await ask(friend, "Sources.List", house.owner)
    const wrong = await openSocket(house.port)
    expect(JSON.stringify(await ask(wrong, "Sources.List", "wrong"))).toContain("Unauthorized")
    expect(JSON.stringify(await ask(wrong, "Sources.List"))).toContain("Unauthorized")
    expect(await Promise.all([closed(stranger), closed(wrong)])).toEqual([1008, 1008])
    expect(JSON.stringify(await ask(friend, "Sources.List", house.owner))).toContain("reached")
    friend.close()
  })

  it("that pretends to be another one does not make that one known", async () => {
    const socket = await openSocket(house.port)
    socket.send(
      `${JSON.stringify({ _tag: "Request", id: "1", tag: "Sources.List", headers: [["x-executor-socket", "any"]] })}\n`
    )
    expect(await closed(socket)).toBe(1008)
  })

  it("without a key is one of few", async () => {
    const sockets = await Promise.all(Array.from({ length: 64 }, () => openSocket(house.port)))
    await expect(openSocket(house.port)).rejects.toThrow()
    for (const socket of sockets) socket.close()
  })
})

describe("rubbish", () => {
  const line = (message: unknown) => `${JSON.stringify(message)}\n`
  const sourcesList = { _tag: "Request", id: "1", tag: "Sources.List", headers: [] }
  it.each(
    Object.entries({
      nothing: "",
      "an empty line": "\n",
      null: "null\n",
      "a list": "[]\n",
      "half an object": "{\n",
      "an empty object": "{}\n",
      "a number": "1\n",
      "a request without anything": line({ _tag: "Request" }),
      "an id of another kind": line({ ...sourcesList, id: {} }),
      "headers that are none": line({ ...sourcesList, headers: [null] }),
      "an interruption of nothing": line({ _tag: "Interrupt" }),
      "a method called __proto__": line({ ...sourcesList, tag: "__proto__" }),
      "a payload of another kind": line({ ...sourcesList, tag: "Runs.Get", payload: { run: 7 } }),
      "a wrong key inside": line({ ...sourcesList, headers: [["authorization", "Bearer x"]] }),
      "zero bytes": `${"\u0000".repeat(100)}\n`,
      "deep brackets": `${"[".repeat(100_000)}\n`
    })
  )("%s reaches nothing, and the next call works", async (_name, body) => {
    house.reached.length = 0
    const answer = await post("/rpc", { authorization: `Bearer ${house.owner}` }, body)
    expect(answer.status).toBe(200)
    await answer.text()
    expect(house.reached).toEqual([])
    const socket = await openSocket(house.port)
    socket.send(body)
    expect(JSON.stringify(await ask(socket, "Sources.List", house.owner))).toContain("reached")
    socket.close()
  })

  it("a last line without its newline is read all the same", async () => {
    house.reached.length = 0
    await (await post("/rpc", { authorization: `Bearer ${house.owner}` }, call("Sources.List").trimEnd())).text()
    expect(house.reached).toEqual(["Sources.List"])
  })

  it("a message that nests without end is refused with words, before anything looks into it", async () => {
    house.reached.length = 0
    const nested = `${"[".repeat(200_000)}${"]".repeat(200_000)}`
    const message = `{"_tag":"Request","id":"1","tag":"Runs.Call","payload":{"path":"a.b","arguments":${nested}},"headers":[]}\n`
    const answer = await (await post("/rpc", { authorization: `Bearer ${house.owner}` }, message)).text()
    expect(answer).toContain("nested more than 500 levels deep")
    expect(answer).not.toContain("call stack")
    expect(house.reached).toEqual([])
  })

  it("a body of more messages than are answered at once is refused with words, and the next one is answered", async () => {
    house.reached.length = 0
    const owner = { authorization: `Bearer ${house.owner}` }
    for (const line of ['{"_tag":"Request","id":"1","tag":"nope","payload":{}}', '{"_tag":"Ping"}', "{}"]) {
      const answer = await (await post("/rpc", owner, `${line}\n`.repeat(4_000))).text()
      expect(answer).toContain("4000 messages in one request: send at most 256")
    }
    await (await post("/rpc", owner, call("Sources.List"))).text()
    expect(house.reached).toEqual(["Sources.List"])
  })

  it("a body that says it is too long is refused before it is read, and one that lies is cut off", async () => {
    const long = await raw(
      house.port,
      `POST /rpc HTTP/1.1\r\nHost: 127.0.0.1:${house.port}\r\nAuthorization: Bearer ${house.owner}\r\n` +
        "Content-Type: application/json\r\nContent-Length: 99999999999\r\n\r\n"
    )
    expect(statusOf(long)).toBe(413)
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(new Uint8Array(1024 * 1024))
    })
    const refused = await fetch(`http://127.0.0.1:${house.port}/rpc`, {
      method: "POST",
      headers: { authorization: `Bearer ${house.owner}`, "content-type": "application/json" },
      body: endless,
      duplex: "half"
    } as RequestInit).then(
      (answer) => answer.status,
      () => "cut off"
    )
    expect(refused).not.toBe(200)
  })

  it("a challenge must be a short one", async () => {
    expect((await post("/challenge", {}, "x".repeat(5_000))).status).toBe(400)
  })

  it.each([
    "CONNECT evil:80",
    "TRACE /",
    "FOO /mcp",
    "GET /../../etc/passwd",
    "GET /..\\..\\etc\\passwd",
    "GET /%2e%2e/token"
  ])("%s gets nowhere", async (start) => {
    const answer = await raw(house.port, request(start, [host()]))
    expect([0, 400, 401]).toContain(statusOf(answer))
  })
})

describe("ports", () => {
  it("answers on both loopback addresses with one port", async () => {
    expect(statusOf(await raw(house.port, request("GET /health", [["Host", `localhost:${house.port}`]])))).toBe(200)
    const six = await raw(house.port, request("GET /health", [["Host", `[::1]:${house.port}`]]), "::1").catch(
      (error: NodeJS.ErrnoException) => error.code
    )
    expect(typeof six === "string" && six.startsWith("HTTP") ? statusOf(six) : six).toSatisfy(
      (seen) => seen === 200 || seen === "EADDRNOTAVAIL"
    )
  })

  const taken = (port: number, host = "127.0.0.1") =>
    new Promise<net.Server>((resolve, reject) => {
      const server = net
        .createServer()
        .once("error", reject)
        .listen(port, host, () => resolve(server))
    })
  const rooms = {
    principalOf: () => undefined,
    health: () => ({}),
    challenge: () => undefined,
    mcp: async () => {},
    rpc: async () => {},
    socket: async () => {},
    onDefect: () => {}
  }

  it("takes the next free port when its own is taken, and says so when twenty are", async () => {
    const servers = await Promise.all(Array.from({ length: 20 }, (_, step) => taken(28_400 + step)))
    await expect(listen(rooms, 28_400)).rejects.toThrow(
      "Every port from 28400 to 28419 is taken. Free one, or set EXECUTOR_PORT"
    )
    await new Promise((resolve) => servers[3]!.close(resolve))
    const listener = await listen(rooms, 28_400)
    expect(listener.port).toBe(28_403)
    await listener.close()
    for (const server of servers) server.close()
  })

  it("does not share a port with somebody who has only the other loopback address", async () => {
    const other = await taken(28_450, "::1").catch(() => undefined)
    const listener = await listen(rooms, 28_450)
    expect(listener.port).toBe(other === undefined ? 28_450 : 28_451)
    await listener.close()
    other?.close()
  })
})
