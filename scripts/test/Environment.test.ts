// What `npm run` adds to the environment does not reach the product, and what the person set does.
import { delimiter, join, sep } from "node:path"
import { assert, describe, it } from "vitest"
import { personEnvironment, toolEnvironment } from "../bootstrap/Environment.mjs"
import { nodeServes, readToolchain } from "../bootstrap/Tools.mjs"
import { root } from "../check/Commands.ts"

const bin = ["", "home", "project", "node_modules", ".bin"].join(sep)
const gyp = ["", "usr", "lib", "run-script", "lib", "node-gyp-bin"].join(sep)

const underNpm = {
  PATH: [bin, gyp, "/usr/bin", "/home/me/node_modules/other"].join(delimiter),
  HOME: "/home/me",
  INIT_CWD: "/home/me/work",
  NODE: "/usr/bin/node",
  COLOR: "0",
  EDITOR: "vi",
  NPM_CONFIG_PREFIX: "/home/me/.npm-global",
  npm_lifecycle_event: "executor",
  npm_node_execpath: "/usr/bin/node",
  npm_execpath: "/usr/lib/npm-cli.js",
  npm_package_name: "executor-v2",
  npm_config_user_agent: "npm/11",
  npm_config_local_prefix: "/home/me/project",
  npm_config_registry: "https://registry.example/",
  npm_config_cafile: "/etc/ca.pem",
  "npm_config_//registry.example/:_authToken": "key"
}

describe("the person's environment", () => {
  it("is what it was before npm ran the script", () => {
    assert.deepStrictEqual(personEnvironment(underNpm), {
      PATH: ["/usr/bin", "/home/me/node_modules/other"].join(delimiter),
      HOME: "/home/me",
      NPM_CONFIG_PREFIX: "/home/me/.npm-global",
      npm_config_registry: "https://registry.example/",
      npm_config_cafile: "/etc/ca.pem",
      "npm_config_//registry.example/:_authToken": "key"
    })
  })

  it("is left alone when npm did not run the script", () => {
    const own = { PATH: bin, npm_config_user_agent: "mine", EDITOR: "vi" }
    assert.deepStrictEqual(personEnvironment(own), own)
  })
})

describe("the environment of our tools", () => {
  it("has our folders first, the download settings, no telemetry, and nothing else of npm", () => {
    const env = toolEnvironment(underNpm, ["/tools/shims", "/tools/node"])
    assert.isTrue(env["PATH"]?.startsWith(["/tools/shims", "/tools/node", bin].join(delimiter)))
    assert.strictEqual(env["npm_config_registry"], "https://registry.example/")
    assert.strictEqual(env["TURBO_TELEMETRY_DISABLED"], "1")
    assert.strictEqual(env["DO_NOT_TRACK"], "1")
    assert.notProperty(env, "npm_execpath")
    assert.notProperty(env, "npm_config_user_agent")
    assert.notProperty(env, "INIT_CWD")
  })
})

describe("the pinned toolchain", () => {
  const { node, pnpm } = readToolchain(root)

  it.each([
    ["v18.20.0", false],
    ["v20.20.2", false],
    ["v24.10.9", false],
    ["v24.11.0", true],
    ["v24.21.0", true],
    ["v25.3.0", false],
    ["v26.0.0", true],
    ["v27.1.0", false]
  ])("takes Node %s: %s", (version, serves) => {
    assert.strictEqual(nodeServes(version, node), serves)
  })

  it("pins packages of Node that serve, each by a sha512", () => {
    for (const pin of Object.values(node.platforms)) {
      assert.isTrue(nodeServes(pin.version, node), pin.pkg)
      assert.match(pin.integrity, /^sha512-[A-Za-z0-9+/]{86}==$/)
    }
  })

  it("pins the pnpm that package.json names", async () => {
    const { default: manifest } = await import(join(root, "package.json"), { with: { type: "json" } })
    assert.strictEqual(manifest.packageManager, `pnpm@${pnpm.version}`)
  })
})
