// What happens without anybody asking.
import { cronJobs, makeFunctionReference } from "convex/server"

const crons = cronJobs()

crons.interval("end runs that nobody drives", { minutes: 1 }, makeFunctionReference<"action">("runs:sweep"))
crons.interval(
  "end registrations that were cut off",
  { minutes: 10 },
  makeFunctionReference<"action">("runs:sweepRegistrations")
)

export default crons
