import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { type File, filesBelow, RULES } from './rules.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** For each rule, files that break it: a rule that cannot fail protects nothing. */
const BROKEN: Readonly<Record<string, readonly File[]>> = {
  importsPointDown: [{ path: 'src/engine/engine.ts', text: "import { x } from '../research/research.ts';" }],
  foldersAreEnteredByTheirDoor: [
    { path: 'src/engine/engine.ts', text: "import { x } from '../store/sqlite/sqlite.ts';" },
  ],
  importsHaveNoCycle: [
    { path: 'src/core/a.ts', text: "import { b } from './b.ts';" },
    { path: 'src/core/b.ts', text: "import { a } from './a.ts';" },
  ],
  environmentIsReadInOnePlace: [{ path: 'src/main.ts', text: 'const x = process.env.HOME;' }],
  standardOutputIsTheEdges: [{ path: 'src/engine/engine.ts', text: "process.stdout.write('x');" }],
  protocolStaysAtItsEdge: [{ path: 'src/orchestrator.ts', text: "import { S } from '@modelcontextprotocol/server';" }],
  telemetryStaysInItsFolder: [{ path: 'src/engine/engine.ts', text: "import { Counter } from 'prom-client';" }],
  coreIsPure: [{ path: 'src/core/ids.ts', text: 'export const now = Date.now();' }],
  nothingIsPretended: [{ path: 'src/engine/engine.ts', text: '// TODO: finish' }],
  namesSayWhatThingsDo: [{ path: 'src/engine/engine.ts', text: 'class LeaseManager {}' }],
  filesAreShort: [{ path: 'src/engine/engine.ts', text: 'x;\n'.repeat(301) }],
};

describe('the tree', () => {
  const files = filesBelow(ROOT, 'src');
  for (const [name, rule] of Object.entries(RULES)) {
    it(`keeps the rule ${name}`, () => {
      expect(rule(files)).toEqual([]);
    });
    it(`would be caught breaking the rule ${name}`, () => {
      expect(rule(BROKEN[name] ?? [])).not.toEqual([]);
    });
  }
});

describe('the repository', () => {
  it('records no download addresses in its lockfile', () => {
    expect(readFileSync(`${ROOT}/package-lock.json`, 'utf8')).not.toContain('"resolved"');
  });

  it('gives each runtime dependency a line in docs/dependencies.md', () => {
    const manifest = JSON.parse(readFileSync(`${ROOT}/package.json`, 'utf8')) as {
      dependencies: Record<string, string>;
    };
    const page = readFileSync(`${ROOT}/docs/dependencies.md`, 'utf8');
    const missing = Object.keys(manifest.dependencies).filter((name) => !page.includes(`\`${name}\``));
    expect(missing).toEqual([]);
  });

  it('has an unreleased section on top of its changelog', () => {
    const headings = readFileSync(`${ROOT}/CHANGELOG.md`, 'utf8').match(/^## .*$/gm);
    expect(headings?.[0]).toBe('## [Unreleased]');
  });
});
