/** Colours and signs. Whoever paints names what a thing is; how that looks is decided here. */

import { styleText } from 'node:util';

const LOOKS = {
  title: ['bold', 'underline'],
  heading: ['bold', 'cyan'],
  strong: ['bold'],
  emphasis: ['italic'],
  code: ['yellow'],
  mark: ['cyan'],
  faint: ['dim'],
  good: ['green'],
  bad: ['red'],
  caution: ['yellow'],
  active: ['cyan'],
} as const satisfies Record<string, Parameters<typeof styleText>[0]>;

export type Look = keyof typeof LOOKS;

export type Paint = (look: Look, text: string) => string;

/** With colour, wraps text in the escape codes of its look; without, leaves it alone. */
export function paints(color: boolean): Paint {
  return (look, text) => (color && text !== '' ? styleText([...LOOKS[look]], text, { validateStream: false }) : text);
}

export interface Signs {
  readonly spinner: readonly string[];
  readonly running: string;
  readonly completed: string;
  readonly failed: string;
  readonly cancelled: string;
  readonly pending: string;
  readonly branch: string;
  readonly last: string;
  readonly line: string;
  readonly full: string;
  readonly empty: string;
  readonly ellipsis: string;
  readonly bar: string;
  readonly bullet: string;
  readonly rule: string;
  readonly dot: string;
}

const UNICODE: Signs = {
  spinner: ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'],
  running: '▸',
  completed: '✔',
  failed: '✖',
  cancelled: '◼',
  pending: '·',
  branch: '├─ ',
  last: '└─ ',
  line: '│  ',
  full: '━',
  empty: '╌',
  ellipsis: '…',
  bar: '│',
  bullet: '•',
  rule: '─',
  dot: '·',
};

const ASCII: Signs = {
  spinner: ['|', '/', '-', '\\'],
  running: '>',
  completed: '+',
  failed: 'x',
  cancelled: '-',
  pending: '.',
  branch: '|- ',
  last: '`- ',
  line: '|  ',
  full: '#',
  empty: '.',
  ellipsis: '...',
  bar: '|',
  bullet: '-',
  rule: '-',
  dot: '-',
};

export function signs(unicode: boolean): Signs {
  return unicode ? UNICODE : ASCII;
}
