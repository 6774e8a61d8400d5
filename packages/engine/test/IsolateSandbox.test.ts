// The conformance suite on isolated-vm.
import * as IsolateSandbox from "../src/sandbox/IsolateSandbox.ts"
import { v8 } from "./conformance/Harness.ts"
import { suite } from "./sandboxConformance.ts"

suite("isolated-vm", IsolateSandbox.layer({ warmMemoryMb: 64 }), v8)
