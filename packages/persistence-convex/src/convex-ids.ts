// Identifiers that this host gives its own rows and files. They never name anything of the product: everywhere else the
// ids of the schema are what things are called.
import { Id } from "@executor-v2/confect"

/** A file of the deployment's storage: one piece of an artifact. */
export const StorageId = Id("_storage")
export type StorageId = typeof StorageId.Type
