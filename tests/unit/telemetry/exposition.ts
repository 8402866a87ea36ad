/**
 * Reads the text format of Prometheus, 0.0.4, as strictly as its own tool: what is not in that form throws, and what is badly
 * named or put together is a finding.
 */

interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface Family {
  readonly name: string;
  readonly type: string;
  readonly help: string;
  readonly samples: readonly Sample[];
}

const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*';
const LABEL = String.raw`[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\["\\n])*"`;
const SAMPLE = new RegExp(
  String.raw`^(${NAME})(?:\{(${LABEL}(?:,${LABEL})*)?\})? (NaN|[+-]Inf|-?[0-9.]+(?:e[+-]?[0-9]+)?)$`,
);
const SUFFIXES: Readonly<Record<string, readonly string[]>> = {
  histogram: ['_bucket', '_sum', '_count'],
  summary: ['', '_sum', '_count'],
};

export function readExposition(text: string): readonly Family[] {
  if (!text.endsWith('\n')) throw new Error('the last line does not end');
  const families: (Omit<Family, 'samples'> & { readonly samples: Sample[] })[] = [];
  let help: RegExpExecArray | null = null;
  for (const line of text.split('\n')) {
    if (line === '') continue;
    const helps = new RegExp(`^# HELP (${NAME}) (.*)$`).exec(line);
    const types = new RegExp(`^# TYPE (${NAME}) (counter|gauge|histogram|summary|untyped)$`).exec(line);
    if (helps !== null) {
      help = helps;
    } else if (types !== null) {
      const [, name = '', type = ''] = types;
      if (help?.[1] !== name) throw new Error(`${name} has no help`);
      if (families.some((family) => family.name === name)) throw new Error(`${name} is there twice`);
      families.push({ name, type, help: help[2] ?? '', samples: [] });
    } else {
      const family = families.at(-1);
      const sample = SAMPLE.exec(line);
      if (sample === null || family === undefined) throw new Error(`no line of the format: ${line}`);
      const [, name = '', labels = '', value = ''] = sample;
      const suffixes = SUFFIXES[family.type] ?? [''];
      if (!suffixes.some((suffix) => name === family.name + suffix)) throw new Error(`${name} is below ${family.name}`);
      family.samples.push({ name, labels: labelsOf(labels), value: Number(value.replace('Inf', 'Infinity')) });
    }
  }
  return families;
}

function labelsOf(text: string): Readonly<Record<string, string>> {
  const pairs = text.matchAll(/([a-zA-Z0-9_]+)="((?:[^"\\]|\\.)*)"/g);
  return Object.fromEntries(Array.from(pairs, ([, name = '', value = '']) => [name, value]));
}

/** What a linter of metrics says, and what a histogram has to add up to. */
export function* findings(families: readonly Family[]): Generator<string> {
  for (const { name, type, help, samples } of families) {
    if (help === '') yield `${name} does not say what it is`;
    if (type === 'counter' && !name.endsWith('_total')) yield `${name} counts and does not end in _total`;
    if (type !== 'counter' && name.endsWith('_total')) yield `${name} ends in _total and does not count`;
    if (/_(milliseconds|ms|minutes|hours|kb|mb|usd)(_|$)/.test(name)) yield `${name} is in no base unit`;
    if (/[A-Z]/.test(name)) yield `${name} has capital letters`;
    const series = samples.map((sample) => `${sample.name} ${JSON.stringify(sample.labels)}`);
    if (new Set(series).size !== series.length) yield `${name} has a series twice`;
    if (type === 'histogram') yield* buckets(name, samples);
    if (type === 'counter' && samples.some(({ value }) => value < 0)) yield `${name} is below zero`;
  }
}

function* buckets(name: string, samples: readonly Sample[]): Generator<string> {
  const groups = new Map<string, Sample[]>();
  for (const sample of samples.filter((each) => each.name.endsWith('_bucket'))) {
    const { le: _, ...others } = sample.labels;
    const key = JSON.stringify(others);
    groups.set(key, [...(groups.get(key) ?? []), sample]);
  }
  for (const [key, group] of groups) {
    const counts = group.map(({ value }) => value);
    const last = group.at(-1);
    const total = samples.find((each) => each.name === `${name}_count` && JSON.stringify(each.labels) === key);
    if (counts.some((count, at) => count < (counts[at - 1] ?? 0))) yield `${name}${key} falls`;
    if (last?.labels['le'] !== '+Inf' || last.value !== total?.value) yield `${name}${key} does not count them all`;
  }
}
