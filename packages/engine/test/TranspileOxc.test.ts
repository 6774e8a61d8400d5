// The transpilers' suite on oxc, which takes the whole language and says first where each error is.
import { Layer } from "effect"
import * as OxcTranspile from "../src/OxcTranspile.ts"
import * as IsolateSandbox from "../src/sandbox/IsolateSandbox.ts"
import { suite } from "./transpileConformance.ts"

suite("oxc", OxcTranspile.layer.pipe(Layer.provideMerge(IsolateSandbox.layer())), { refuses: {}, places: {} })
