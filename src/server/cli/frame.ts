/** One picture of a workflow: head, bar, and the tree of its agents. Pure: the same view and options give the same lines. */

import { count } from '../../core/amount.ts';
import { workOf } from '../../core/patterns.ts';
import type { AgentStatus, AgentView, StatusView } from '../../core/views.ts';
import { spendWords } from './budget.ts';
import { at, claimWords, clockTime, phaseWords, quietSince } from './phrases.ts';
import { awaitsApproval } from './plan-view.ts';
import type { Look, Paint, Signs } from './style.ts';
import { paints, signs } from './style.ts';
import { groups, leaves, overall, tellApart } from './tree.ts';
import type { Group, Leaf } from './tree.ts';
import { fit, oneLine, truncate, width } from './width.ts';

export interface FrameOptions {
  /** Cells a line may take. */
  readonly width: number;
  /** Lines the picture may take; agents that do not fit are counted instead of shown. */
  readonly height: number;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Which picture of the spinner, or null for a still one. */
  readonly tick: number | null;
  /** When this process began to watch. Work of an earlier process is not counted into the time of a resumed workflow. */
  readonly since: number;
  readonly color: boolean;
  readonly unicode: boolean;
}

interface Pen extends FrameOptions {
  readonly paint: Paint;
  readonly signs: Signs;
  /** Cells of the widest name in the tree. */
  readonly names: number;
}

interface Row {
  readonly stem: string;
  readonly status: AgentStatus;
  readonly name: string;
  readonly what: string;
  /** Shown behind `what`, in its own look. */
  readonly doing?: string;
  readonly look?: Look;
  readonly claims?: string;
  readonly elapsed?: string;
}

const LONGEST_NAME = 14;
/** Below this the number of claims, and below the next the time, would leave nothing for words. */
const NARROW = 60;
const NARROWEST = 40;
const CLAIMS_CELLS = 11;
const TIME_CELLS = 8;

/** The lines of the picture, painted, none wider than `width` where that is 24 or more, at most `height` of them. */
export function renderFrame(given: StatusView, options: FrameOptions): string[] {
  const view = asLeft(given);
  const kinds = groups(view.agents);
  const names = view.agents.map((agent) => width(oneLine(agent.agent_id)));
  const pen: Pen = {
    ...options,
    // Where nobody works, no clock goes on.
    now: at(quietSince(view)) ?? options.now,
    paint: paints(options.color),
    signs: signs(options.unicode),
    names: Math.min(LONGEST_NAME, Math.floor(options.width / 4), Math.max(8, ...names)),
  };
  return [headLine(view, pen), barLine(view, pen), ...treeLines(view, kinds, pen)].slice(0, Math.max(1, pen.height));
}

/** Where nobody works, nothing is at work: what was in flight will be done again. */
function asLeft(view: StatusView): StatusView {
  if (view.interrupted !== true) return view;
  const agents = view.agents.map((agent) =>
    agent.status === 'running' ? { ...agent, status: 'pending' as const } : agent,
  );
  return { ...view, agents };
}

function headLine(view: StatusView, pen: Pen): string {
  const open = view.interrupted === true ? 'pending' : 'running';
  const status = view.status === 'pending' || view.status === 'running' ? open : view.status;
  const started = at(view.started_at ?? view.created_at) ?? pen.now;
  const time = clockTime((at(view.completed_at) ?? pen.now) - begun(view, started, pen));
  const room = pen.width - 3 - time.length;
  const task = fit(oneLine(view.task), room, pen.signs.ellipsis);
  return `${statusSign(status, pen)} ${pen.paint('strong', task)} ${pen.paint('faint', time)}`;
}

/** A workflow taken up again counts its time from the moment this process saw it. */
function begun(view: StatusView, started: number, pen: Pen): number {
  return view.resumed > 0 && view.completed_at === null ? Math.max(started, pen.since) : started;
}

function barLine(view: StatusView, pen: Pen): string {
  const done = view.agents.filter((agent) => agent.status === 'completed').length;
  const claims = view.agents.reduce((sum, agent) => sum + (isCollector(agent) ? (agent.claims ?? 0) : 0), 0);
  const facts = [phaseWords(view)];
  if (view.agents.length > 0) facts.push(`${done} of ${count(view.agents.length, 'agent')} done`);
  if (claims > 0) facts.push(count(claims, 'claim'));
  const spent = spendWords(view.spend, view.budget);
  if (spent !== '') facts.push(spent);
  const share = Math.min(1, Math.max(0, view.progress));
  const percent = `${Math.floor(share * 100)}`.padStart(3);
  const cells = Math.min(30, Math.max(8, Math.floor((pen.width - 40) / 2)));
  const full = Math.floor(share * cells);
  const words = truncate(facts.join(` ${pen.signs.dot} `), pen.width - cells - 10, pen.signs.ellipsis);
  const bar = pen.paint('good', pen.signs.full.repeat(full)) + pen.paint('faint', pen.signs.empty.repeat(cells - full));
  return `  ${bar} ${percent} %  ${words}`;
}

/** Claims are counted where they are found; merging and writing only pass them on. */
function isCollector(agent: AgentView): boolean {
  return workOf(agent.role) === 'research';
}

function treeLines(view: StatusView, kinds: readonly Group[], pen: Pen): string[] {
  const rows: string[] = [];
  const last = kinds.at(-1);
  rows.push(row(planRow(view, last === undefined, pen), pen));
  const fixed = 3 + kinds.length;
  let room = pen.height - fixed;
  for (const [index, kind] of kinds.entries()) {
    const later = kinds.slice(index + 1).filter((other) => other.agents.length > 1).length;
    const lines = groupLines(kind, { last: kind === last, room: Math.max(1, room - later) }, pen);
    room -= lines.length - 1;
    rows.push(...lines);
  }
  return rows;
}

function planRow(view: StatusView, alone: boolean, pen: Pen): Row {
  const planned = view.agents.length > 0;
  const waiting = view.phase === 'queued' || view.interrupted === true;
  const collectors = view.agents.filter(isCollector).length;
  if (awaitsApproval(view)) {
    const stem = alone ? pen.signs.last : pen.signs.branch;
    const what = count(view.plan?.length ?? collectors, 'objective');
    return { stem, status: 'completed', name: 'Plan', what, doing: 'waiting for your approval', look: 'caution' };
  }
  const status = waiting ? 'pending' : 'running';
  return {
    stem: alone ? pen.signs.last : pen.signs.branch,
    status: planned ? 'completed' : endedStatus(view, status),
    name: 'Plan',
    what: planned ? count(collectors, 'objective') : '',
    ...(planned || status === 'pending' ? {} : { doing: preparation(view), look: 'faint' }),
  };
}

/** What is done before there are agents, in the words of the newest event that tells of it. */
function preparation(view: StatusView): string {
  const told = view.recent_events.findLast(
    (event) => event.event_type === 'agent_progress' && event.agent_id === undefined,
  );
  const activity = told?.data['activity'];
  return typeof activity === 'string' ? oneLine(activity) : 'reading the question and the sources';
}

function endedStatus(view: StatusView, otherwise: AgentStatus): AgentStatus {
  return view.status === 'failed' || view.status === 'cancelled' ? view.status : otherwise;
}

function groupLines(kind: Group, place: { last: boolean; room: number }, pen: Pen): string[] {
  const stem = place.last ? pen.signs.last : pen.signs.branch;
  const [only] = kind.agents;
  if (kind.agents.length === 1 && only !== undefined) return [row(agentRow(only, stem, pen), pen)];
  const settled = kind.agents.filter((agent) => agent.status !== 'pending' && agent.status !== 'running').length;
  const head: Row = {
    stem,
    status: overall(kind.agents),
    name: kind.label,
    what: `${settled} of ${kind.agents.length} done`,
  };
  const below = place.last ? ' '.repeat(pen.signs.line.length) : pen.signs.line;
  const objectives = tellApart(
    kind.agents.map((agent) => oneLine(agent.objective)),
    pen.signs.ellipsis,
  );
  const agents = kind.agents.map((agent, index) => ({ ...agent, objective: objectives[index] ?? agent.objective }));
  const shown = leaves(agents, place.room);
  return [
    row(head, pen),
    ...shown.map((leaf, index) =>
      leafLine(leaf, below + (index === shown.length - 1 ? pen.signs.last : pen.signs.branch), pen),
    ),
  ];
}

function leafLine(leaf: Leaf, stem: string, pen: Pen): string {
  if ('agent' in leaf) return row(agentRow(leaf.agent, stem, pen), pen);
  return pen.paint('faint', truncate(`  ${stem}${leaf.folded}`, pen.width, pen.signs.ellipsis));
}

function agentRow(agent: AgentView, stem: string, pen: Pen): Row {
  const started = at(agent.started_at);
  const ended = at(agent.completed_at);
  const begin = started === null || ended !== null ? started : Math.max(started, Math.min(pen.since, pen.now));
  return {
    stem,
    status: agent.status,
    name: oneLine(agent.agent_id),
    what: oneLine(agent.objective),
    ...activityOf(agent),
    claims: claimWords(agent),
    elapsed: begin === null ? '' : clockTime((ended ?? pen.now) - begin),
  };
}

function activityOf(agent: AgentView): Pick<Row, 'doing' | 'look'> {
  if (agent.status === 'failed') return { doing: oneLine(agent.error?.message ?? 'failed'), look: 'bad' };
  if (agent.status !== 'running') return {};
  const attempt = agent.attempts > 1 ? `try ${agent.attempts}: ` : '';
  return { doing: attempt + oneLine(agent.activity), look: 'faint' };
}

function row(data: Row, pen: Pen): string {
  const { stem, status, name, claims = '', elapsed = '' } = data;
  const told = pen.width < NARROW ? '' : claims;
  const numbers =
    pen.width < NARROWEST || told + elapsed === '' ? '' : claimsColumn(told, pen) + elapsed.padStart(TIME_CELLS);
  const left = `  ${stem}`;
  // A group's name stands further left than its agents' names; both columns of words begin below each other all the same.
  const nameCells = pen.names + (pen.signs.line.length * 2 - stem.length);
  const used = width(left) + 2 + nameCells + 2 + numbers.length;
  const fill = numbers === '' ? truncate : fit;
  const words = middle(data, { room: Math.max(0, pen.width - used), fill }, pen);
  const front = `${pen.paint('faint', left)}${statusSign(status, pen)} `;
  if (words + numbers === '') return front + truncate(name, nameCells, pen.signs.ellipsis);
  return `${front}${fit(name, nameCells, pen.signs.ellipsis)}  ${words}${pen.paint('faint', numbers)}`;
}

function claimsColumn(claims: string, pen: Pen): string {
  return pen.width < NARROW ? '' : claims.padStart(CLAIMS_CELLS);
}

interface Column {
  readonly room: number;
  /** Whether the column is filled up with spaces, because numbers follow. */
  readonly fill: typeof fit;
}

/** Objective and activity side by side; where both do not fit, each gets half. */
function middle({ what, doing = '', look = 'faint', status }: Row, { room, fill }: Column, pen: Pen): string {
  const { ellipsis } = pen.signs;
  const quiet = status === 'pending' || status === 'cancelled';
  const said = (text: string): string => (quiet ? pen.paint('faint', text) : text);
  if (doing === '') return said(fill(what, room, ellipsis));
  const gap = what === '' ? 0 : 2;
  const half = Math.floor((room - gap) / 2);
  const first = what === '' ? 0 : Math.max(0, Math.min(width(what), Math.max(half, room - gap - width(doing))));
  const second = Math.max(0, room - gap - first);
  return said(fit(what, first, ellipsis)) + ' '.repeat(gap) + pen.paint(look, fill(doing, second, ellipsis));
}

const STATUS_LOOKS: Record<AgentStatus, Look> = {
  pending: 'faint',
  running: 'active',
  completed: 'good',
  failed: 'bad',
  cancelled: 'caution',
};

function statusSign(status: AgentStatus, pen: Pen): string {
  const { spinner } = pen.signs;
  const turning = pen.tick === null ? pen.signs.running : (spinner[pen.tick % spinner.length] ?? pen.signs.running);
  return pen.paint(STATUS_LOOKS[status], status === 'running' ? turning : pen.signs[status]);
}
