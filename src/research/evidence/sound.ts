/**
 * A report that holds, whatever a model wrote: prose that does not pass the check gives way to its claims as they stand, and
 * what was found is never lost with it.
 */

import type { Composition, Missing, Report } from '../../core/report.ts';
import type { StoredText } from '../../core/source.ts';
import { integrityProblems, proseProblems } from './integrity.ts';
import type { Rendered } from './render.ts';

export interface Checking {
  /** May throw a RangeError, where a composition names what does not exist. */
  readonly render: (composition: Composition, missing: readonly Missing[]) => Rendered;
  /** As `render`, without the claims that a pattern's own decisions rest on; absent where it decided nothing. */
  readonly ungrounded?: Checking['render'];
  /** What is stored, by source_id. */
  readonly texts: ReadonlyMap<string, StoredText>;
}

export type Checked =
  | { readonly kind: 'sound'; readonly report: Report }
  /** One sentence each. */
  | { readonly kind: 'broken'; readonly problems: readonly string[] };

/** The report with as much of its prose as passes, and of what its course rests on; broken only where it is without any. */
export function soundReport(composition: Composition, checking: Checking): Checked {
  const found = withSoundProse(composition, checking);
  const { ungrounded } = checking;
  if (found.kind === 'sound' || ungrounded === undefined) return found;
  const without = withSoundProse(composition, { ...checking, render: ungrounded });
  return without.kind === 'sound' ? without : found;
}

function withSoundProse(composition: Composition, checking: Checking): Checked {
  const whole = checked(composition, checking, []);
  if (whole.kind === 'sound') return whole;
  const names: readonly Name[] = [SUMMARY, ...composition.sections.keys()];
  const broken = names.filter((name) => {
    const others = names.filter((other) => other !== name);
    return hasProse(composition, name) && checked(plain(composition, others), checking, []).kind === 'broken';
  });
  const mended = checked(plain(composition, broken), checking, missingOf(composition, broken));
  if (mended.kind === 'sound') return mended;
  return checked(plain(composition, names), checking, missingOf(composition, names));
}

/** What holds prose: the summary, or a section by its place. */
type Name = typeof SUMMARY | number;
const SUMMARY = 'summary';

function checked(composition: Composition, { render, texts }: Checking, missing: readonly Missing[]): Checked {
  try {
    const rendered = render(composition, missing);
    const { report } = rendered;
    const problems = [...integrityProblems(rendered, texts), ...proseProblems(report, composition)];
    return problems.length === 0 ? { kind: 'sound', report } : { kind: 'broken', problems };
  } catch (thrown) {
    if (!(thrown instanceof RangeError)) throw thrown;
    return { kind: 'broken', problems: [thrown.message] };
  }
}

function hasProse({ summary_prose, sections }: Composition, name: Name): boolean {
  return (name === SUMMARY ? summary_prose : sections[name]?.prose) !== undefined;
}

/** Without the prose of these. */
function plain({ summary_prose, ...composition }: Composition, names: readonly Name[]): Composition {
  return {
    ...composition,
    ...(summary_prose === undefined || names.includes(SUMMARY) ? {} : { summary_prose }),
    sections: composition.sections.map(({ prose, ...section }, at) =>
      prose === undefined || names.includes(at) ? section : { ...section, prose },
    ),
  };
}

function missingOf(composition: Composition, names: readonly Name[]): readonly Missing[] {
  return names
    .filter((name) => hasProse(composition, name))
    .map((name) => ({
      what:
        name === SUMMARY
          ? 'the text of the summary, whose findings stand as they were collected'
          : `the text of “${composition.sections[name]?.heading ?? ''}”, whose findings stand as they were collected`,
      why: 'it did not pass the check of its citations',
    }));
}
