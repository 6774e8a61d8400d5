// The ports of persistence on a folder of files.
export * from "./DataFolderError.ts"
export * as LocalPersistence from "./LocalPersistence.ts"
export * from "./Inspect.ts"
