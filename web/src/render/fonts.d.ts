/** Files that the bundler copies; the value is their address, relative to the module. */
declare module "*.woff2" {
  const address: string;
  export default address;
}
