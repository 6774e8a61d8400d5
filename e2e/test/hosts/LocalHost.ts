// The daemon of this machine, from the built command line, in a data folder of its own.
import { Executor } from "@executor-v2/sdk"
import { pm } from "@executor-v2/sdk/pm"
import { join } from "node:path"
import { Product, type Daemon } from "../Product.ts"
import type { Settings, TestHost } from "./Hosts.ts"

export const localHost = ({ allowOrigins }: Settings): TestHost => {
  const product = new Product({ EXECUTOR_ALLOW_ORIGINS: allowOrigins })
  let daemon: Daemon
  const start = async () => {
    daemon = await product.daemon()
  }
  return {
    name: "local",
    folder: product.home,
    get mcpUrl() {
      return daemon.mcpUrl
    },
    get rpcUrl() {
      return `${daemon.url}/rpc`
    },
    get ownerKey() {
      return product.key("token")
    },
    get agentKey() {
      return product.key("agent-token")
    },
    start,
    stop: () => product.dispose(),
    restart: async () => {
      await product.cli("pm", "stop")
      await start()
    },
    crash: async () => {
      process.kill(daemon.pid, "SIGKILL")
      await start()
    },
    cli: (...args) => product.cli(...args),
    json: (...args) => product.json(...args),
    connect: () => Executor.create({ adapter: pm({ home: join(product.home, "data"), version: "2.0.0-alpha.0" }) })
  }
}
