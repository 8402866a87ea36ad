/**
 * A range of time cut into what is summed up already and what is not: whole UTC months, the whole days before and after them, and
 * the hours left over at either end.
 */

/** From `since` to before `until`, ISO 8601 UTC with milliseconds; null has no bound. */
export interface Range {
  readonly since: string | null;
  readonly until: string | null;
}

/** From `from` to before `to`, compared as text: '' and '~' lie before and behind all. */
export interface Span {
  readonly from: string;
  readonly to: string;
}

export interface Spans {
  /** Bounds are months: '2026-11'. */
  readonly months: readonly Span[];
  /** Bounds are days: '2026-11-26'. */
  readonly days: readonly Span[];
  /** Bounds are times, at most a day apart. */
  readonly times: readonly Span[];
}

export const FIRST = '';
export const BEHIND = '~';

/** Nothing but days and the hours left over. */
export function dailySpans({ since, until }: Range): Pick<Spans, 'days' | 'times'> {
  const from = since === null ? FIRST : isMidnight(since) ? dayOf(since) : dayAfter(since);
  const to = until === null ? BEHIND : dayOf(until);
  if (since !== null && until !== null && from > to) return { days: [], times: [{ from: since, to: until }] };
  const before = since === null || isMidnight(since) ? [] : [{ from: since, to: midnight(from) }];
  const after = until === null || isMidnight(until) ? [] : [{ from: midnight(to), to: until }];
  return { days: from < to ? [{ from, to }] : [], times: [...before, ...after] };
}

export function spansOf(range: Range): Spans {
  const { days, times } = dailySpans(range);
  const [whole] = days;
  if (whole === undefined) return { months: [], days, times };
  const from = whole.from === FIRST ? FIRST : whole.from.endsWith('-01') ? monthOf(whole.from) : monthAfter(whole.from);
  const to = whole.to === BEHIND ? BEHIND : monthOf(whole.to);
  if (from >= to) return { months: [], days, times };
  const before = { from: whole.from, to: from === FIRST ? FIRST : `${from}-01` };
  const after = { from: to === BEHIND ? BEHIND : `${to}-01`, to: whole.to };
  return { months: [{ from, to }], days: [before, after].filter((span) => span.from < span.to), times };
}

function isMidnight(time: string): boolean {
  return time.endsWith('T00:00:00.000Z');
}

function midnight(day: string): string {
  return `${day}T00:00:00.000Z`;
}

function dayOf(time: string): string {
  return time.slice(0, 10);
}

function monthOf(day: string): string {
  return day.slice(0, 7);
}

function dayAfter(time: string): string {
  const day = new Date(midnight(dayOf(time)));
  day.setUTCDate(day.getUTCDate() + 1);
  return dayOf(day.toISOString());
}

function monthAfter(day: string): string {
  const month = new Date(midnight(`${monthOf(day)}-01`));
  month.setUTCMonth(month.getUTCMonth() + 1);
  return monthOf(month.toISOString());
}
