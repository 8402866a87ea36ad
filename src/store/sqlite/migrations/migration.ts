export interface Migration {
  readonly number: number;
  /** Whether a release that does not know it must not touch the database. */
  readonly breaking: boolean;
  readonly sql: string;
}
