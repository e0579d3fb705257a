/** A single fault in the source, and the tests that are to notice it. */
export interface CodeMutant {
  readonly part: string;
  /** What is wrong with it. */
  readonly name: string;
  readonly file: string;
  /** Stands in the file exactly once. */
  readonly find: string;
  readonly replace: string;
  /** The tests to begin with; the others follow when these notice nothing. */
  readonly tests: readonly string[];
}
