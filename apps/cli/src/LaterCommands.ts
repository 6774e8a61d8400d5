// Commands beyond those a newcomer needs: listed with `--help --all`.
import type { Command } from "commander"
import type { Modules } from "./Modules.ts"
import { asJson, examples, whole } from "./Options.ts"

interface Listed {
  readonly hidden: boolean
}

export const addPolicies = (program: Command, load: Modules, later: Listed): void => {
  const policies = program.command("policies", later).description("which tools may be called").helpCommand(false)
  policies
    .command("list")
    .description("the rules")
    .addOption(asJson())
    .action(async (options) => (await load.policies()).list(options))
  policies
    .command("set")
    .argument("<pattern>", "tool path; * is one segment, a last ** any rest")
    .addArgument(policies.createArgument("<effect>").choices(["allow", "deny"]))
    .option("--note <text>", "why")
    .description("allow or deny what a pattern covers")
    .addOption(asJson())
    .addHelpText(
      "after",
      examples(
        "executor policies set 'github.repos.delete' deny",
        "executor policies set 'shop.**' allow --note 'test shop'"
      )
    )
    .action(async (pattern, effect, options) => (await load.policies()).set(pattern, effect, options))
  policies
    .command("remove")
    .argument("<id>")
    .description("drop a rule")
    .addOption(asJson())
    .action(async (id, options) => (await load.policies()).remove(id, options))
  policies
    .command("test")
    .argument("<path>")
    .description("what a call to a tool would meet, and why")
    .addOption(asJson())
    .action(async (path, options) => (await load.policies()).test(path, options))
}

export const addPm = (program: Command, load: Modules, later: Listed): void => {
  const pm = program.command("pm", later).description("the local daemon").helpCommand(false)
  pm.command("start")
    .description("start it, if it is not running")
    .addOption(asJson())
    .action(async (options) => (await load.pm()).start(options))
  pm.command("stop")
    .description("let running code end, then stop it")
    .addOption(asJson())
    .action(async (options) => (await load.pm()).stop(options))
  pm.command("status")
    .description("whether it runs, and where")
    .addOption(asJson())
    .action(async (options) => (await load.pm()).status(options))
  pm.command("logs")
    .description("the end of its log")
    .option("--lines <n>", "so many lines", whole(0), 50)
    .addOption(asJson())
    .action(async (options) => (await load.pm()).logs(options))
}

export const addTarget = (program: Command, load: Modules, later: Listed): void => {
  const target = program
    .command("target", later)
    .description("deployments beside the daemon of this machine")
    .helpCommand(false)
  target
    .command("add")
    .argument("<name>")
    .description("check a deployment, and keep its addresses and a token for it")
    .requiredOption("--url <url>", "its API URL: https://NAME.convex.cloud, or port 3210")
    .option("--site-url <url>", "its site URL: https://NAME.convex.site, or port 3211")
    .option("--token <token>", "an owner's API token; - reads it from standard input; else EXECUTOR_TOKEN")
    .addOption(asJson())
    .addHelpText(
      "after",
      examples(
        "executor target add prod --url https://happy-dog-1.convex.cloud",
        "executor target add own --url https://api.example.com --site-url https://executor.example.com --token - < token.txt"
      )
    )
    .action(async (name, options) => (await load.target()).add(name, options))
  target
    .command("use")
    .argument("<name>", "one of the list, or local")
    .description("where commands go that are not told")
    .addOption(asJson())
    .action(async (name, options) => (await load.target()).use(name, options))
  target
    .command("list")
    .description("which there are; never their tokens")
    .addOption(asJson())
    .action(async (options) => (await load.target()).list(options))
  target
    .command("remove")
    .argument("<name>")
    .description("forget one, and revoke the token of this machine's agents")
    .addOption(asJson())
    .action(async (name, options) => (await load.target()).remove(name, options))
}
