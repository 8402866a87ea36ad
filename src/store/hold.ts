/** The right to write into one workflow. */
export interface Hold {
  readonly task_id: string;
  readonly fence: number;
}
