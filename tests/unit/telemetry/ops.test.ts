/** The dashboard and the alerts in ops/: each expression is one that Prometheus reads, about metrics and labels that there are. */

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parser } from '@prometheus-io/lezer-promql';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { openTelemetry } from '../../../src/telemetry/telemetry.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { readExposition } from './exposition.ts';
import { tellEverything } from './happenings.ts';

interface Panel {
  readonly title: string;
  readonly type: string;
  readonly targets?: readonly { readonly expr: string }[];
}

interface AlertRule {
  readonly alert: string;
  readonly expr: string;
  readonly for: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string; readonly description: string };
}

/** What Prometheus itself says of everything it scrapes. */
const GIVEN = ['job', 'instance', 'le'];
const SCRAPED = 'up';

function read(name: string): string {
  return readFileSync(fileURLToPath(new URL(`../../../ops/${name}`, import.meta.url)), 'utf8');
}

const { panels } = JSON.parse(read('grafana-dashboard.json')) as { readonly panels: readonly Panel[] };
const { groups } = parse(read('prometheus-alerts.yaml')) as {
  readonly groups: readonly { readonly rules: readonly AlertRule[] }[];
};
const rules = groups.flatMap((group) => group.rules);
/** As Grafana fills them in. */
const drawn = panels.flatMap(({ title, targets = [] }) =>
  targets.map(
    ({ expr }) => [title, expr.replaceAll('$__rate_interval', '5m').replaceAll('$job', 'beltalowda')] as const,
  ),
);
const EXPRESSIONS = [...drawn, ...rules.map(({ alert, expr }) => [alert, expr] as const)];

/** What an expression is not fit for: `known` has the labels of each series by name. */
function* unfit(expression: string, known: ReadonlyMap<string, ReadonlySet<string>>): Generator<string> {
  const problems: string[] = [];
  let labels: ReadonlySet<string> = new Set();
  parser.parse(expression).iterate({
    enter: ({ type, from, to, node }) => {
      const text = expression.slice(from, to);
      if (type.isError) problems.push(`cannot be read at ${from}: ${expression.slice(from)}`);
      if (type.name === 'VectorSelector') {
        const name = expression.slice(node.firstChild?.from ?? from, node.firstChild?.to ?? from);
        labels = known.get(name) ?? new Set();
        if (!known.has(name)) problems.push(`there is no metric ${name}`);
      }
      if (type.name === 'LabelName' && node.parent?.name.endsWith('LabelMatcher') === true && !labels.has(text)) {
        problems.push(`it has no label ${text}`);
      }
    },
  });
  yield* problems;
}

function fail(message: string): never {
  throw new Error(message);
}

let known: ReadonlyMap<string, ReadonlySet<string>> = new Map();

beforeAll(async () => {
  const telemetry = await openTelemetry({ otlp: null, metrics: true, version: '1', clock: new FakeClock(), log: fail });
  const load = { waiting: 0, running: 0 };
  telemetry.reads({ workflows: async () => ({ queued: 0, running: 0 }), steps: () => load });
  tellEverything(telemetry);
  const families = readExposition(await telemetry.text());
  const series = families.flatMap(({ name, type, samples }) => {
    const labels = new Set([...GIVEN, ...samples.flatMap((sample) => Object.keys(sample.labels))]);
    const names = type === 'histogram' ? ['_bucket', '_sum', '_count'].map((suffix) => name + suffix) : [name];
    return names.map((each) => [each, labels] as const);
  });
  known = new Map([...series, [SCRAPED, new Set(GIVEN)]]);
});

describe('ops', () => {
  it.each(EXPRESSIONS)('%s: %s', (_of, expression) => {
    expect([...unfit(expression, known)]).toEqual([]);
  });

  it('would be caught with a bracket too few, a metric that is gone and a label that never was', () => {
    expect([...unfit('sum(rate(up[5m])', known)]).not.toEqual([]);
    expect([...unfit('beltalowda_gone', known)]).toEqual(['there is no metric beltalowda_gone']);
    expect([...unfit('beltalowda_steps{owner="x"}', known)]).toEqual(['it has no label owner']);
  });

  it('draws every metric of ours', () => {
    const ours = [...known.keys()].map((name) => name.replace(/_(bucket|sum|count)$/, ''));
    const drawnText = drawn.map(([, expr]) => expr).join('\n');
    const missing = ours.filter((name) => name.startsWith('beltalowda_') && !drawnText.includes(name));
    expect([...new Set(missing)]).toEqual([]);
  });

  it('says of each alert how bad it is, what it means and when it is one', () => {
    for (const { alert, for: held, labels, annotations } of rules) {
      expect([alert, held, labels.severity, annotations.summary, annotations.description]).toEqual([
        expect.stringMatching(/^Beltalowda[A-Z]\w+$/),
        expect.stringMatching(/^\d+m$/),
        expect.stringMatching(/^(critical|warning|info)$/),
        expect.stringMatching(/\w/),
        expect.stringMatching(/[.?]$/),
      ]);
    }
  });
});
