/** The rules of a robots.txt (RFC 9309): the group that names us, else that of everybody; the longest rule that fits decides. */

interface Rule {
  readonly allows: boolean;
  readonly pattern: string;
}

/** @param agent our product token; groups may spell it in any case */
export function robotsAllow(robots: string, url: string, agent: string): boolean {
  const { pathname, search } = new URL(url);
  if (pathname === '/robots.txt') return true;
  const path = normal(`${pathname}${search}`);
  let best: Rule = { allows: true, pattern: '' };
  for (const rule of rulesFor(robots, agent.toLowerCase())) {
    const longer = rule.pattern.length - best.pattern.length;
    if (longer < 0 || (longer === 0 && !rule.allows)) continue;
    if (fits(path, rule.pattern)) best = rule;
  }
  return best.allows;
}

function rulesFor(robots: string, agent: string): readonly Rule[] {
  const ours: Rule[] = [];
  const everybodys: Rule[] = [];
  let named = false;
  let agents: string[] = [];
  let ruled = false;
  for (const line of robots.split(/\r\n|[\n\r]/u)) {
    const match = /^\s*(user-agent|allow|disallow)\s*:([^#]*)/iu.exec(line);
    if (match === null) continue;
    const field = (match[1] ?? '').toLowerCase();
    const value = (match[2] ?? '').trim();
    if (field === 'user-agent') {
      // Names in a row share the rules that follow; a name after rules begins another group.
      if (ruled) agents = [];
      ruled = false;
      agents.push(value.toLowerCase().replace(/[/\s].*$/u, ''));
      named ||= agents.includes(agent);
      continue;
    }
    ruled = true;
    // "Disallow:" with nothing behind it forbids nothing.
    if (value === '') continue;
    const rule = { allows: field === 'allow', pattern: normal(value) };
    if (agents.includes(agent)) ours.push(rule);
    if (agents.includes('*')) everybodys.push(rule);
  }
  return named ? ours : everybodys;
}

/** One spelling for what may be written with or without percent signs. */
function normal(path: string): string {
  return path
    .replaceAll(/[^\u0021-\u007e]+/gu, (text) => (text.isWellFormed() ? encodeURI(text) : text))
    .replaceAll(/%[\da-f]{2}/giu, (code) => {
      const character = String.fromCharCode(Number.parseInt(code.slice(1), 16));
      return /[\w.~-]/u.test(character) ? character : code.toUpperCase();
    });
}

/** `*` is any text, `$` at the end the end of the path. Each part is looked for once, from where the one before it ended. */
function fits(path: string, pattern: string): boolean {
  const anchored = pattern.endsWith('$');
  const [first = '', ...rest] = (anchored ? pattern.slice(0, -1) : pattern).split('*');
  if (!path.startsWith(first)) return false;
  if (rest.length === 0) return !anchored || path.length === first.length;
  let at = first.length;
  const last = anchored ? rest.pop() : undefined;
  for (const part of rest) {
    const found = path.indexOf(part, at);
    if (found === -1) return false;
    at = found + part.length;
  }
  return last === undefined || (path.length - last.length >= at && path.endsWith(last));
}
