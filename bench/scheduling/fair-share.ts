/**
 * The ideal: the same workflows, admitted in their order, on places that can be divided at will and cost nothing to hand
 * over. At each moment the places go to the active workflows in equal shares, none getting more than it can use.
 */

export interface IdealWork {
  /** Milliseconds of the steps that may run side by side, stage after stage. */
  readonly stages: readonly (readonly number[])[];
}

export interface IdealLimits {
  readonly max_active: number;
  readonly total: number;
  readonly max_concurrent: number;
}

interface Active {
  readonly index: number;
  readonly stages: number[][];
}

/** Milliseconds from the common start to each one's end. */
export function idealEnds(works: readonly IdealWork[], limits: IdealLimits): readonly number[] {
  const ends = works.map(() => 0);
  const queue = works.map(({ stages }, index) => ({ index, stages: stages.map((stage) => [...stage]) }));
  let active: Active[] = [];
  let now = 0;
  for (;;) {
    active.push(...queue.splice(0, limits.max_active - active.length));
    if (active.length === 0) return ends;
    const wants = active.map(({ stages }) => Math.min(stages[0]?.length ?? 0, limits.max_concurrent));
    const shares = waterFilled(wants, limits.total);
    const rates = active.map(({ stages }, n) => (shares[n] ?? 0) / Math.max(1, stages[0]?.length ?? 1));
    // Until the first step of any ends, shares stay as they are.
    const step = Math.min(
      ...active.flatMap(({ stages }, n) => (stages[0] ?? []).map((left) => left / (rates[n] ?? 1))),
    );
    now += step;
    for (const [n, { stages }] of active.entries()) {
      const stage = (stages[0] ?? []).map((left) => left - step * (rates[n] ?? 1)).filter((left) => left > 1e-6);
      if (stage.length > 0) stages[0] = stage;
      else stages.shift();
    }
    for (const { index } of active.filter(({ stages }) => stages.length === 0)) ends[index] = now;
    active = active.filter(({ stages }) => stages.length > 0);
  }
}

/** Equal shares of `total`, none above what is wanted; what one does not want goes to the others. */
function waterFilled(wants: readonly number[], total: number): readonly number[] {
  const shares = wants.map(() => 0);
  const order = wants.map((want, index) => ({ want, index })).sort((a, b) => a.want - b.want);
  let left = total;
  for (const [done, { want, index }] of order.entries()) {
    const share = Math.min(want, left / (order.length - done));
    shares[index] = share;
    left -= share;
  }
  return shares;
}
