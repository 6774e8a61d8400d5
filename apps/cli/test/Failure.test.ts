import { ConnectError, DaemonStartFailed, DaemonUnreachable } from "@executor-v2/sdk"
import { HostFailure, NotFound, Refused } from "@executor-v2/schema"
import { afterEach, expect, it, vi } from "vitest"
import { CommandFailure, report, wrongUsage } from "../src/Failure.ts"

afterEach(() => {
  process.exitCode = undefined
  vi.restoreAllMocks()
})

/** What a command that failed so says to scripts and to people, and with which code it ends. */
const told = (error: unknown, asJson = true) => {
  let stdout = ""
  let stderr = ""
  vi.spyOn(process.stdout, "write").mockImplementation((text) => Boolean((stdout += String(text))))
  vi.spyOn(process.stderr, "write").mockImplementation((text) => Boolean((stderr += String(text))))
  report(error, asJson)
  vi.restoreAllMocks()
  return {
    exitCode: process.exitCode,
    stderr,
    ...(stdout === "" ? {} : (JSON.parse(stdout) as { error: object }).error)
  }
}

it("every failure has an exit code and a word for scripts", () => {
  const home = "/x"
  expect(told(new CommandFailure("no"))).toMatchObject({ exitCode: 1, code: "failed", message: "no" })
  expect(told(wrongUsage("no"))).toMatchObject({ exitCode: 2, code: "usage" })
  expect(told(new ConnectError({ reason: new DaemonUnreachable({ home, detail: "d" }) }))).toMatchObject({
    exitCode: 4,
    code: "daemon_unreachable"
  })
  expect(told(new ConnectError({ reason: new DaemonStartFailed({ home, detail: "d", output: "o" }) }))).toMatchObject({
    exitCode: 4,
    code: "daemon_start_failed"
  })
  expect(told(new NotFound({ what: "run", id: "run_1", hint: "See." }))).toMatchObject({
    exitCode: 1,
    code: "not_found"
  })
  expect(told(new Refused({ code: "name_taken", message: "m" }))).toMatchObject({ exitCode: 1, code: "name_taken" })
  expect(told(new HostFailure({ message: "m" }))).toMatchObject({ exitCode: 1, code: "host_failure" })
  expect(told(new TypeError("bug"))).toMatchObject({ exitCode: 1, code: "failed", message: "bug" })
})

it("people read it on standard error, without control sequences and without a stack", () => {
  const { stderr, ...rest } = told(new CommandFailure("it says \u001b[2J\u202ex"), false)
  expect(stderr).toBe("error it says �x\n")
  expect(rest).toEqual({ exitCode: 1 })
})
