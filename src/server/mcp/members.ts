/** Foreign values looked into without trusting their shape. */

export interface Members {
  readonly [name: string]: unknown;
}

export function isObject(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value's members; none when it is no object. */
export function members(value: unknown): Members {
  return isObject(value) ? value : {};
}
