import process from 'node:process';

/** Seeds 0 to 9,999, or the one that SIMULATION_SEED names. */
export function seeds(count = 10_000): readonly number[] {
  const only = process.env['SIMULATION_SEED'];
  return only === undefined ? Array.from({ length: count }, (_, seed) => seed) : [Number(only)];
}
