// The doors: who may come in is judged first, then a feature answers.
import { httpEffect } from "@executor-v2/confect"
import { httpRouter } from "convex/server"
import { health, mcp, rpc } from "../src/Rooms.ts"

const http = httpRouter()

http.route({ path: "/health", method: "GET", handler: httpEffect(health) })
for (const method of ["POST", "GET", "DELETE"] as const) http.route({ path: "/mcp", method, handler: httpEffect(mcp) })
// Effect's RPC client posts to its URL with a slash behind it, and routes match exactly.
for (const path of ["/rpc", "/rpc/"]) http.route({ path, method: "POST", handler: httpEffect(rpc) })

export default http
