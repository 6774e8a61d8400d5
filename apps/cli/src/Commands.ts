// The command line's words. Each command's code is loaded when it is called, so that --help costs no more than its text.
import { Command, Option } from "commander"
import { wrongUsage } from "./Failure.ts"
import { addPm, addPolicies, addTarget } from "./LaterCommands.ts"
import { modules, type Modules } from "./Modules.ts"
import { asJson, examples, limit, offset } from "./Options.ts"
import { addHelp, pointToUsage } from "./Usage.ts"
import { version } from "./Version.ts"
import { agentTitles } from "./Words.ts"

const runStatuses = [
  "queued",
  "running",
  "waiting_for_input",
  "completed",
  "failed",
  "timed_out",
  "denied",
  "cancelled",
  "interrupted"
]

const addAgents = (
  program: Command,
  argv: ReadonlyArray<string>,
  load: Modules,
  later: { readonly hidden: boolean }
): void => {
  for (const [name, title] of Object.entries(agentTitles)) {
    program
      .command(name, name === "claude" || name === "codex" ? {} : later)
      .argument("[args...]")
      .description(`start ${title} with your tools; your own settings stay as they are`)
      .usage("[-- arguments of its own]")
      .allowUnknownOption()
      .passThroughOptions()
      .helpOption(false)
      .action(async () => {
        const [first, ...rest] = argv.slice(1)
        const args = first === undefined || first === "--" ? rest : [first, ...rest]
        await (await load.agent()).launch(name, args)
      })
  }
}

const addSources = (program: Command, argv: ReadonlyArray<string>, load: Modules): void => {
  const sources = program.command("sources").description("add, list, refresh and remove services").helpCommand(false)
  sources
    .command("add")
    .argument("[where]", "address or file of a description, or address of an MCP server")
    .argument("[command...]", "after --: the command of a stdio MCP server")
    .usage("[options] <url | file>\n       executor sources add --name <name> [options] -- <command> [arguments]")
    .description("register a service; its kind is detected")
    .option("--name <name>", "first segment of its tools' paths")
    .option("--base-url <url>", "where its calls go")
    .addOption(new Option("--kind <kind>", "what it is").choices(["openapi", "mcp"]))
    .option("--yes", "your consent to start a process")
    .addOption(asJson())
    .addHelpText(
      "after",
      examples(
        "executor sources add https://petstore3.swagger.io/api/v3/openapi.json",
        "executor sources add ./openapi.yaml --name shop --base-url http://localhost:3000",
        "executor sources add https://mcp.deepwiki.com/mcp --name deepwiki",
        "executor sources add --name files -- npx -y @modelcontextprotocol/server-filesystem ."
      )
    )
    .action(async (where: string | undefined, rest: ReadonlyArray<string>, options) => {
      const dashes = argv.indexOf("--")
      const command = dashes === -1 ? [] : argv.slice(dashes + 1)
      const words = [...(where === undefined ? [] : [where]), ...rest]
      const before = words.slice(0, words.length - command.length)
      if (before.length > 1)
        throw wrongUsage(`one address or file at a time (${before.join(", ")}); a command goes after --`)
      await (await load.sources()).add(before[0], command, options)
    })
  sources
    .command("list")
    .description("registered services and their states")
    .addOption(asJson())
    .action(async (options) => (await load.sources()).list(options))
  sources
    .command("show")
    .argument("<name>")
    .description("everything about one of them")
    .addOption(asJson())
    .action(async (name, options) => (await load.sources()).show(name, options))
  sources
    .command("refresh")
    .argument("<name>")
    .description("look at a service again")
    .addOption(asJson())
    .action(async (name, options) => (await load.sources()).refresh(name, options))
  sources
    .command("remove")
    .argument("<name>")
    .description("forget a service")
    .addOption(asJson())
    .action(async (name, options) => (await load.sources()).remove(name, options))
}

const addTools = (program: Command, load: Modules): void => {
  const tools = program.command("tools").description("search, list, describe and call tools").helpCommand(false)
  tools
    .command("search")
    .argument("<words...>")
    .description("find tools by what they should do; whole sentences are welcome")
    .addOption(limit())
    .addOption(offset())
    .option("--source <name>", "only of this source")
    .addOption(asJson())
    .addHelpText(
      "after",
      examples(
        "executor tools search who has to review this pull request",
        "executor tools search create issue --source github --limit 3"
      )
    )
    .action(async (words, options) => (await load.tools()).search(words, options))
  tools
    .command("list")
    .argument("[source]")
    .description("tools by name")
    .addOption(limit())
    .addOption(offset())
    .addOption(asJson())
    .action(async (source, options) => (await load.tools()).list(source, options))
  tools
    .command("describe")
    .argument("<path>")
    .description("the whole interface of a tool")
    .addOption(asJson())
    .action(async (path, options) => (await load.tools()).describe(path, options))
  tools
    .command("call")
    .argument("<path>")
    .argument("[arguments]", "one JSON object")
    .description("call one tool")
    .addOption(asJson())
    .addHelpText("after", examples(`executor tools call executor.tools.search '{"query": "create an issue"}'`))
    .action(async (path, args, options) => (await load.tools()).call(path, args, options))
}

const addRuns = (program: Command, load: Modules): void => {
  const runs = program.command("runs").description("what happened, call by call").helpCommand(false)
  runs
    .command("list")
    .description("newest first")
    .addOption(limit())
    .addOption(new Option("--status <status>", "only these").choices(runStatuses))
    .addOption(asJson())
    .action(async (options) => (await load.runs()).list(options))
  runs
    .command("show")
    .argument("<id>")
    .description("code, calls and result of a run")
    .addOption(asJson())
    .action(async (id, options) => (await load.runs()).show(id, options))
  runs
    .command("resume")
    .argument("<id>")
    .description("wait for a run that is going on")
    .addOption(asJson())
    .action(async (id, options) => (await load.runs()).resume(id, options))
  runs
    .command("cancel")
    .argument("<id>")
    .description("end a run that is going on")
    .addOption(asJson())
    .action(async (id, options) => (await load.runs()).cancel(id, options))
}

const makeRoot = (everything: boolean): Command =>
  new Command("executor")
    .description("One tool for agents: code that calls your MCP and OpenAPI services, under your rules.")
    .version(version, "-V, --version", "which version this is")
    .option("--all", "with --help: every command")
    .addOption(
      new Option("--target <name>", "for this command: local, or one of executor target list").hideHelp(!everything)
    )
    .helpOption("-h, --help", "what can be done here")
    .helpCommand(false)
    .exitOverride()
    .enablePositionalOptions()
    .showSuggestionAfterError()
    .addHelpText(
      "after",
      `
Examples
  executor demo                                    see it work, with real services
  executor sources add https://…/openapi.json      register a service
  executor claude                                  start an agent that has it
  executor run -e 'return await tools.executor.health()'
${
  everything
    ? `
Settings: EXECUTOR_HOME (data folder, ~/.executor), EXECUTOR_PORT (7411), EXECUTOR_ALLOW_ORIGINS
(private origins that running code may register), EXECUTOR_TARGET (as --target), NO_COLOR, CI.
Exit codes: 0 done, 1 the work failed, 2 wrong usage, 3 waiting for a human, 4 no daemon or target reachable.`
    : `
More commands: executor --help --all`
}`
    )

/** The whole command line over `argv`, the words after the program's name. */
export const makeProgram = (argv: ReadonlyArray<string>, load: Modules = modules): Command => {
  const everything = argv.includes("--all")
  /** Commands beyond those a newcomer needs are listed with `--help --all`. */
  const later = { hidden: !everything }
  const program = makeRoot(everything)

  program
    .command("demo")
    .description("see it work with real services, in a folder of its own")
    .action(async () => (await load.demo()).demo())
  program
    .command("run")
    .argument("[file]", "TypeScript file, or - for standard input")
    .description("run TypeScript that calls tools; Ctrl-C cancels it")
    .option("-e, --eval <code>", "code to run")
    .addOption(asJson())
    .addHelpText(
      "after",
      examples(
        "executor run -e 'return 1 + 1'",
        "executor run report.ts --json",
        "echo 'return tools.executor.sources.list()' | executor run -"
      )
    )
    .action(async (file, options) => (await load.run()).run(file, options))
  addAgents(program, argv, load, later)
  addSources(program, argv, load)
  addTools(program, load)
  addRuns(program, load)
  addPolicies(program, load, later)
  program
    .command("mcp", later)
    .description("MCP server on standard input and output, for clients that start a process")
    .action(async () => (await load.mcp()).mcp())
  addPm(program, load, later)
  addTarget(program, load, later)
  program
    .command("doctor")
    .description("is everything well here? reads, changes nothing")
    .addOption(asJson())
    .action(async (options) => (await load.doctor()).doctor(options))
  addHelp(program)
  pointToUsage(program)
  return program
}
