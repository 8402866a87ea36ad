/** Whether a quantity grows: its slope by Theil and Sen, which a few wild samples do not move. */

export interface Sample {
  /** Milliseconds. */
  readonly at: number;
  readonly value: number;
}

/** What a quantity is held to: it is flat when it grows, over the time looked at, by no more than the greater of the two. */
export interface Tolerance {
  readonly absolute: number;
  /** Of its median. */
  readonly share: number;
}

export interface Trend {
  readonly median: number;
  readonly least: number;
  readonly most: number;
  /** In the quantity's unit, an hour. */
  readonly slope: number;
  /** The slope lies between these with a probability of 95 %, were the samples independent of each other. */
  readonly slope_from: number;
  readonly slope_to: number;
  /** What it grew by over the time looked at, by the slope. */
  readonly grown: number;
  readonly flat: boolean;
}

const HOUR_MS = 3_600_000;
/** Standard deviations that hold 95 % of a normal distribution. */
const NORMAL_95 = 1.96;

/** The last so much of the samples: what a process takes while it warms up is not what it keeps taking. */
export function lastPart(samples: readonly Sample[], share: number): readonly Sample[] {
  const [begin, end] = [samples.at(0)?.at ?? 0, samples.at(-1)?.at ?? 0];
  return samples.filter(({ at }) => at >= end - (end - begin) * share);
}

/** One sample for each such piece of time: what `of` makes of the values in it. */
export function pieces(samples: readonly Sample[], ms: number, of: (values: readonly number[]) => number): Sample[] {
  const [begin = 0] = samples.map(({ at }) => at);
  const byPiece = Map.groupBy(samples, ({ at }) => Math.floor((at - begin) / ms));
  return Array.from(byPiece, ([piece, inside]) => ({
    at: begin + piece * ms,
    value: of(inside.map(({ value }) => value)),
  }));
}

/** Throws RangeError with fewer than three samples: two make a slope of anything. */
export function trend(samples: readonly Sample[], tolerance: Tolerance): Trend {
  if (samples.length < 3) throw new RangeError('a trend takes three samples');
  const values = samples.map(({ value }) => value).toSorted((a, b) => a - b);
  const slopes = slopesOf(samples).toSorted((a, b) => a - b);
  // Of Kendall's statistic, without ties: how many of the slopes may lie on the wrong side of the true one.
  const n = samples.length;
  const wrong = NORMAL_95 * Math.sqrt((n * (n - 1) * (2 * n + 5)) / 18);
  const from = Math.max(0, Math.floor((slopes.length - wrong) / 2));
  const slope = middle(slopes);
  const [slope_from = slope, slope_to = slope] = [slopes[from], slopes[slopes.length - 1 - from]];
  const hours = ((samples.at(-1)?.at ?? 0) - (samples[0]?.at ?? 0)) / HOUR_MS;
  const median = middle(values);
  const allowed = Math.max(tolerance.absolute, tolerance.share * Math.abs(median));
  return {
    median,
    least: values[0] ?? median,
    most: values.at(-1) ?? median,
    slope,
    slope_from,
    slope_to,
    grown: slope * hours,
    flat: slope * hours <= allowed,
  };
}

/** Of every pair, an hour. */
function slopesOf(samples: readonly Sample[]): number[] {
  return samples.flatMap((first, n) =>
    samples
      .slice(n + 1)
      .filter(({ at }) => at > first.at)
      .map((second) => ((second.value - first.value) / (second.at - first.at)) * HOUR_MS),
  );
}

/** Of sorted values. */
function middle(sorted: readonly number[]): number {
  const at = (sorted.length - 1) / 2;
  return ((sorted[Math.floor(at)] ?? Number.NaN) + (sorted[Math.ceil(at)] ?? Number.NaN)) / 2;
}
