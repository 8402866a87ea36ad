/** Public ids. A task_id carries 128 random bits, so that possession cannot be guessed (DESIGN A1). */

/** Crockford's base32, lower case: no i, l, o, u. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
const PREFIX = 'wf_';
const DIGITS = 26;

/** `wf_` and 26 base32 characters from 16 random bytes. Fewer bytes would make ids guessable, so they are refused. */
export function taskId(random: Uint8Array): string {
  if (random.length !== 16) throw new RangeError('a task_id takes exactly 16 random bytes');
  let value = 0n;
  for (const byte of random) value = (value << 8n) | BigInt(byte);
  let digits = '';
  for (let i = 0; i < DIGITS; i += 1) {
    digits = ALPHABET.charAt(Number(value & 31n)) + digits;
    value >>= 5n;
  }
  return PREFIX + digits;
}

/** Whether a string has the form of a task_id; says nothing about whether it exists. */
export function isTaskId(text: string): boolean {
  return /^wf_[0-7][0-9a-hjkmnp-tv-z]{25}$/.test(text);
}

/** The 128 bits of a task_id, as 32 hexadecimal digits. */
export function idBits(task_id: string): string {
  let value = 0n;
  for (const digit of task_id.slice(PREFIX.length)) value = (value << 5n) | BigInt(ALPHABET.indexOf(digit));
  return value.toString(16).padStart(32, '0');
}
