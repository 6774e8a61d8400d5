// The bundler hands WebAssembly over compiled.
declare module "*.wasm" {
  const compiled: object
  export default compiled
}
