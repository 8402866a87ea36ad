/** The rules of the tree, as functions of its files, so that each can be shown a file that breaks it. */

import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix, relative, sep } from 'node:path';

export interface File {
  /** From the repository's root, `/`-separated. */
  readonly path: string;
  readonly text: string;
}

type Rule = (files: readonly File[]) => readonly string[];

export function filesBelow(root: string, folder: string): readonly File[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
    .map((path) => ({ path: relative(root, path).split(sep).join('/'), text: readFileSync(path, 'utf8') }));
}

interface Import {
  readonly from: string;
  readonly to: string;
}

/** Every relative import, static or dynamic, as paths from the root. */
function importsOf(file: File): readonly Import[] {
  const specifiers = file.text.matchAll(/(?:from|import)\s*\(?\s*'(\.{1,2}\/[^']+)'/g);
  return Array.from(specifiers, (match) => ({
    from: file.path,
    to: posix.normalize(posix.join(posix.dirname(file.path), match[1] ?? '')),
  }));
}

/** The part a file belongs to: its folder below src, or its own name at the top. */
function partOf(path: string): string {
  const [, first = ''] = path.split('/');
  return first.replace(/\.ts$/, '');
}

/** Who may import whom. Arrows point down; what is not here is forbidden. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  core: [],
  config: ['core'],
  log: ['core'],
  store: ['core'],
  bus: ['core'],
  egress: ['core'],
  providers: ['core', 'egress'],
  webhooks: ['core', 'store', 'bus', 'egress'],
  engine: ['core', 'store', 'bus'],
  research: ['core', 'store', 'engine', 'providers'],
  orchestrator: ['core', 'store', 'bus', 'engine', 'research', 'webhooks'],
  server: ['core', 'config', 'orchestrator'],
  node: ['engine', 'research', 'webhooks', 'orchestrator'],
  telemetry: ['core'],
};

const isSource = (path: string): boolean => path.startsWith('src/') && path.endsWith('.ts');

const importsPointDown: Rule = (files) =>
  files
    .filter((file) => isSource(file.path) && partOf(file.path) !== 'main')
    .flatMap(importsOf)
    .filter(({ from, to }) => partOf(from) !== partOf(to) && !(MAY_IMPORT[partOf(from)] ?? []).includes(partOf(to)))
    .map(({ from, to }) => `${from} may not import ${to}`);

/** Folders that are entered only through the file that bears their name: those below src, and each provider's own. */
function roomOf(path: string): string {
  const parts = dirname(path).split('/');
  return parts.slice(0, parts[1] === 'providers' ? 4 : 2).join('/');
}

const foldersAreEnteredByTheirDoor: Rule = (files) =>
  files
    .filter((file) => isSource(file.path) && partOf(file.path) !== 'main')
    .flatMap(importsOf)
    .filter(({ from, to }) => {
      const room = roomOf(to);
      const within = roomOf(from) === room || `${room}.ts` === from || roomOf(from).startsWith(`${room}/`);
      const door = to === `${room}/${posix.basename(room)}.ts`;
      return room !== 'src' && room !== 'src/core' && !within && !door;
    })
    .map(({ from, to }) => `${from} enters ${roomOf(to)} through ${posix.basename(to)}`);

const importsHaveNoCycle: Rule = (files) => {
  const edges = new Map(files.filter((file) => isSource(file.path)).map((file) => [file.path, importsOf(file)]));
  const done = new Set<string>();
  const found: string[] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    if (trail.includes(path)) {
      found.push([...trail.slice(trail.indexOf(path)), path].join(' → '));
      return;
    }
    if (done.has(path)) return;
    for (const { to } of edges.get(path) ?? []) visit(to, [...trail, path]);
    done.add(path);
  };
  for (const path of edges.keys()) visit(path, []);
  return found;
};

/** A pattern that only some files may contain. */
function only(pattern: RegExp, where: (path: string) => boolean, what: string): Rule {
  return (files) =>
    files
      .filter((file) => isSource(file.path) && !where(file.path) && pattern.test(stripComments(file.text)))
      .map((file) => `${file.path}: ${what}`);
}

function stripComments(text: string): string {
  return text.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/(^|\s)\/\/.*$/gm, '');
}

const environmentIsReadInOnePlace: Rule = only(
  /process\.env\b|from 'node:process'.*\benv\b/,
  (path) => path === 'src/config.ts',
  'process.env belongs to config.ts',
);
const standardOutputIsTheEdges: Rule = only(
  /process\.stdout\b|console\./,
  (path) => path === 'src/main.ts',
  'standard output belongs to the protocol; main.ts hands it to an edge',
);
const protocolStaysAtItsEdge: Rule = only(
  /@modelcontextprotocol\//,
  (path) => /^src\/(server\/(mcp\/|http\/|stdio\.ts)|providers\/tools\/mcp)/.test(path),
  'the protocol SDK is imported at the edge only',
);
const telemetryStaysInItsFolder: Rule = only(
  /from '(@opentelemetry\/|prom-client)/,
  (path) => path.startsWith('src/telemetry/'),
  'what watches the process is known to src/telemetry alone; the rest tells the port',
);
const coreIsPure: Rule = (files) =>
  files
    .filter((file) => file.path.startsWith('src/core/'))
    .filter((file) => /from '(node:|[a-z@])|\bDate\.now\(|Math\.random\(/.test(stripComments(file.text)))
    .map((file) => `${file.path}: core does no I/O and reads no clock`);
const nothingIsPretended: Rule = (files) =>
  files
    .filter(
      (file) => isSource(file.path) && /\b(TODO|FIXME|XXX|HACK)\b|not implemented|placeholder for/i.test(file.text),
    )
    .map((file) => `${file.path}: unfinished work`);
const namesSayWhatThingsDo: Rule = (files) =>
  files
    .filter((file) => isSource(file.path))
    .flatMap((file) => {
      const names = file.text.match(
        /\b(?:class|interface|function|type|const)\s+(\w*(?:Manager|Helper|Utils?|Impl|V2)\b)/g,
      );
      return (names ?? []).map((name) => `${file.path}: ${name}`);
    });
const filesAreShort: Rule = (files) =>
  files
    .filter((file) => isSource(file.path) && file.text.split('\n').length > 301)
    .map((file) => `${file.path} has ${file.text.split('\n').length - 1} lines, 300 are allowed`);

export const RULES: Readonly<Record<string, Rule>> = {
  importsPointDown,
  foldersAreEnteredByTheirDoor,
  importsHaveNoCycle,
  environmentIsReadInOnePlace,
  standardOutputIsTheEdges,
  protocolStaysAtItsEdge,
  telemetryStaysInItsFolder,
  coreIsPure,
  nothingIsPretended,
  namesSayWhatThingsDo,
  filesAreShort,
};
