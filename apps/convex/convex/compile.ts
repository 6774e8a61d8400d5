"use node"
// Descriptions that are too large for the memory of the default runtime are compiled here.
import { internalAction } from "@executor-v2/confect"
import { compileStored, LargeCompile } from "../src/LargeCompile.ts"

export const large = internalAction({ ...LargeCompile, handler: compileStored })
