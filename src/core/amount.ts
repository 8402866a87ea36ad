/** Amounts in sentences. */

/** `1,234`, the same on every machine. */
export function digits(amount: number): string {
  // Most are small, and formatting by language takes ten times as long: it would be a quarter of the text of a status.
  const small = amount >= 0 && amount < 1000 && Number.isInteger(amount);
  return small ? String(amount) : amount.toLocaleString('en-US');
}

/** `1 claim`, `1,234 claims`. */
export function count(amount: number, noun: string): string {
  return `${digits(amount)} ${noun}${amount === 1 ? '' : 's'}`;
}
