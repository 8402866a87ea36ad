/** What a benchmark says: figures taken round by round beside a baseline, with their spread and the target they are held to. */

/** A limit on the ratio of ours to the baseline, or on our own value in the figure's unit. */
interface Target {
  readonly of: 'ratio' | 'ours';
  readonly at: 'most' | 'least';
  readonly value: number;
}

/** One measured quantity: a value for each round. Rounds of ours and of the baseline belong together, in their order. */
export interface Measured {
  readonly what: string;
  readonly unit: string;
  readonly ours: readonly number[];
  /** Null where there is nothing to compare with. */
  readonly baseline: readonly number[] | null;
  /** Null for what is told and held to nothing. */
  readonly target: Target | null;
}

/** Median and range of the rounds. */
interface Spread {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

export interface Figure {
  readonly what: string;
  readonly unit: string;
  readonly rounds: number;
  readonly ours: Spread;
  readonly baseline: Spread | null;
  /** Of ours to the baseline, round by round: what slows the machine for a while slows both. */
  readonly ratio: Spread | null;
  readonly target: Target | null;
  readonly met: boolean | null;
}

export function quantile(values: readonly number[], share: number): number {
  if (values.length === 0) throw new RangeError('no value was measured');
  const sorted = values.toSorted((a, b) => a - b);
  const place = Math.min(sorted.length - 1, Math.max(0, Math.ceil(share * sorted.length) - 1));
  return sorted[place] ?? Number.NaN;
}

/** Between the two in the middle where their number is even. */
export function median(values: readonly number[]): number {
  if (values.length === 0) throw new RangeError('no value was measured');
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.slice(Math.ceil(sorted.length / 2) - 1, Math.floor(sorted.length / 2) + 1);
  return middle.reduce((sum, value) => sum + value, 0) / middle.length;
}

function spread(values: readonly number[]): Spread {
  return { median: median(values), least: Math.min(...values), most: Math.max(...values) };
}

/** Throws when a round of one has none of the other, or when a value is no finite number: a figure must mean something. */
export function figure({ what, unit, ours, baseline, target }: Measured): Figure {
  if (baseline !== null && baseline.length !== ours.length) throw new RangeError(`${what}: rounds do not pair`);
  if (![...ours, ...(baseline ?? [])].every(Number.isFinite)) throw new RangeError(`${what}: a value is no number`);
  const ratio = baseline === null ? null : spread(ours.map((value, round) => value / (baseline[round] ?? Number.NaN)));
  const figure = {
    what,
    unit,
    rounds: ours.length,
    ours: spread(ours),
    baseline: baseline === null ? null : spread(baseline),
    ratio,
    target,
  };
  if (target === null) return { ...figure, met: null };
  const held = target.of === 'ours' ? figure.ours.median : ratio?.median;
  if (held === undefined) throw new RangeError(`${what}: a target on the ratio, and no baseline`);
  return { ...figure, met: target.at === 'most' ? held <= target.value : held >= target.value };
}

function number(value: number): string {
  if (value === 0) return '0';
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
  return value.toFixed(Math.min(digits, 3));
}

function told(spread: Spread | null, unit: string): string {
  if (spread === null) return '–';
  const { median, least, most } = spread;
  const range = least === most ? '' : ` (${number(least)}–${number(most)})`;
  return `${number(median)}${unit === '' ? '' : ` ${unit}`}${range}`;
}

function wanted(figure: Figure): string {
  const { target, unit } = figure;
  if (target === null) return '–';
  const sign = target.at === 'most' ? '≤' : '≥';
  return `${sign} ${target.value}${target.of === 'ratio' ? '×' : ` ${unit}`}`;
}

/** A Markdown table, as docs/performance.md takes it. */
export function table(figures: readonly Figure[]): string {
  const rows = figures.map((figure) => [
    figure.what,
    told(figure.ours, figure.unit),
    told(figure.baseline, figure.unit),
    told(figure.ratio, ''),
    wanted(figure),
    figure.met === null ? '–' : figure.met ? 'yes' : 'no',
  ]);
  const head = ['what', 'ours', 'baseline', 'ratio', 'target', 'met'];
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
