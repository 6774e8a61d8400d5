// A cron that is due within the patience of who asks.
import { cronJobs, makeFunctionReference } from "convex/server"

const crons = cronJobs()

crons.interval("tick", { seconds: 10 }, makeFunctionReference<"mutation">("jobs:tick"))

export default crons
