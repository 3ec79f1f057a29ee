/** Calls of an interface, and what they are for. */
export interface Named<Call> {
  readonly name: string
  readonly calls: readonly Call[]
}
