/** What the catalogue says of each error. */

export interface CatalogueEntry {
  /** What it means, one sentence, for the documentation. */
  readonly meaning: string;
  /** What to do about it, in the imperative. A thrower may give a more exact one. */
  readonly hint: string;
  /** Whether the same call can succeed later without being changed. */
  readonly retryable: boolean;
  /** Exit code on the command line (DESIGN A4: 1 failed, 2 usage). */
  readonly exit: 1 | 2;
}
