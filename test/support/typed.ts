/** The `types` of a machine's `setup`: nothing when it runs. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the caller names it, as XState asks for it
export function typed<Types>(): Types {
  return {} as Types;
}
