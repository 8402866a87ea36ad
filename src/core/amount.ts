/** Amounts in sentences. */

/** `1,234`, the same on every machine. */
export function digits(amount: number): string {
  return amount.toLocaleString('en-US');
}

/** `1 claim`, `1,234 claims`. */
export function count(amount: number, noun: string): string {
  return `${digits(amount)} ${noun}${amount === 1 ? '' : 's'}`;
}
