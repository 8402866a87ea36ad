import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { Fault } from '../../../../src/core/errors.ts';
import { temporaryFolder } from '../../../support/folder.ts';
import { recordingTerminal } from './recording-terminal.ts';
import { run } from './run-command.ts';
import { scriptedMaintenance, SOUND, STATE } from './scripted-maintenance.ts';
import { ID } from './scripted-orchestrator.ts';

let home = '';
let database = '';
beforeEach(async () => {
  home = await temporaryFolder();
  database = path.join(home, 'beltalowda.db');
});

/** Words of the answer in one line, however they were wrapped. */
const flat = (text: string): string => text.replaceAll(/\s+/g, ' ');

const none = () =>
  scriptedMaintenance({ state: { ...STATE, file: database, exists: false, schema: null, workflows: 0 } });
const there = () => {
  writeFileSync(database, '');
  return scriptedMaintenance({ state: { ...STATE, file: database }, check: { ...SOUND, file: database } });
};

const doctor = (argv: readonly string[] = [], given: Partial<Parameters<typeof run>[1]> = {}) =>
  run(['doctor', ...argv], { maintenance: none(), ...given, env: { BELTALOWDA_HOME: home, ...given.env } });

const Diagnosis = z.object({
  checks: z.array(z.object({ what: z.string(), good: z.boolean().nullable(), words: z.string() })),
  problems: z.array(z.object({ code: z.string(), message: z.string(), hint: z.string() })),
  advice: z.array(z.string()),
  settings: z.array(z.object({ name: z.string(), value: z.unknown(), from: z.string() })),
  host: z.object({
    mcpServers: z.object({
      beltalowda: z.object({ command: z.string(), args: z.array(z.string()), env: z.record(z.string(), z.string()) }),
    }),
  }),
});
const diagnosis = (out: string) => Diagnosis.parse(JSON.parse(out));

describe('doctor where nothing is wrong', () => {
  it('tells versions, every setting with its origin, and what is there', async () => {
    mkdirSync(path.join(home, 'docs'));
    writeFileSync(path.join(home, 'beltalowda.config.json'), '{"log_level": "info", "limit": 5}');
    const maintenance = there();
    const { exit, out, err } = await doctor(['--source', path.join(home, 'docs')], {
      maintenance,
      env: { BELTALOWDA_MAX_AGENTS_TOTAL: '5' },
    });
    expect([exit, err]).toEqual([0, '']);
    expect(out).toContain(`beltalowda 9.8.7, Node.js ${process.version}, ${process.platform} ${process.arch}\n`);
    expect(out).toMatch(new RegExp(`^ {2}source +${home}/docs \\(flag --source\\)$`, 'm'));
    expect(out).toMatch(/^ {2}max_agents_total +5 \(environment BELTALOWDA_MAX_AGENTS_TOTAL\)$/m);
    expect(out).toMatch(new RegExp(`^ {2}log_level +info \\(file ${home}/beltalowda.config.json\\)$`, 'm'));
    expect(out).toMatch(/^ {2}model +extractive \(default\)$/m);
    expect(out).toMatch(/^ {2}retention_days +off, everything is kept \(default\)$/m);
    expect(out).toMatch(new RegExp(`^ {2}limit +5 \\(file ${home}/beltalowda.config.json\\)$`, 'm'));
    expect(out).toMatch(/✔ configuration file .*: read$/m);
    expect(out).toMatch(/✔ data directory .*: can be written$/m);
    expect(out).toMatch(/✔ database .*: sound, 12 workflows, 1,234,567 bytes, schema 2$/m);
    expect(out).toMatch(/✔ source .*docs: a folder that can be read$/m);
    expect(out).toMatch(/✔ model .*needs no key and no network$/m);
    expect(out).toContain('✔ Nothing is wrong.');
    expect(maintenance.calls).toEqual(['inspect', 'check', 'webhooks']);
  });

  it('creates nothing, and checks no database that is not there', async () => {
    const maintenance = none();
    const missing = path.join(home, 'new', 'data');
    const { exit, out } = await doctor([], { maintenance, env: { BELTALOWDA_HOME: missing } });
    expect(exit).toBe(0);
    expect(out).toContain(`${missing}: not there; made when first needed`);
    expect(out).toContain('not there; made at the first research');
    expect(maintenance.calls).toEqual(['inspect']);
    expect(readdirSync(home)).toEqual([]);
  });

  it('says how to give a host its sources, which is no problem as long as none are set', async () => {
    const { exit, out } = await doctor();
    expect(exit).toBe(0);
    expect(out).toContain('No source is set.');
    expect(out).toContain('`beltalowda doctor --source FOLDER` prints the entry with it');
  });

  it('tells that an older database will be brought up to date', async () => {
    writeFileSync(database, '');
    const older = scriptedMaintenance({ check: { ...SOUND, schema: 1 } });
    expect((await doctor([], { maintenance: older })).out).toContain('schema 1, brought up to date when first used');
  });

  it('tells which variables are none of ours', async () => {
    expect((await doctor([], { env: { BELTALOWDA_MODLE: 'x' } })).out).toContain('Did you mean BELTALOWDA_MODEL?');
  });

  it('fits into a narrow window', async () => {
    const terminal = recordingTerminal({ stdoutIsTTY: true, columns: 60 });
    const { out } = await doctor([], { terminal });
    const [before = ''] = out.split('For an MCP host');
    expect(Math.max(...before.split('\n').map((line) => line.length))).toBeLessThan(60);
  });
});

describe('the entry for a host', () => {
  it('is ready to be pasted, with what is set by flags and variables', async () => {
    writeFileSync(path.join(home, 'beltalowda.config.json'), '{"log_level": "info"}');
    mkdirSync(path.join(home, 'a'));
    mkdirSync(path.join(home, 'b'));
    const words = ['--source', path.join(home, 'a'), '--source', path.join(home, 'b')];
    const { out } = await doctor([...words, '--json'], { env: { BELTALOWDA_RETENTION_DAYS: '30' } });
    expect(diagnosis(out).host.mcpServers.beltalowda).toEqual({
      command: 'npx',
      args: ['-y', 'beltalowda'],
      env: {
        BELTALOWDA_SOURCES: [path.join(home, 'a'), path.join(home, 'b')].join(path.delimiter),
        BELTALOWDA_HOME: home,
        BELTALOWDA_RETENTION_DAYS: '30',
      },
    });
    const text = (await doctor(words)).out;
    const entry = text.slice(text.indexOf('{\n'), text.indexOf('\n}\n') + 2);
    expect(JSON.parse(entry)).toHaveProperty(['mcpServers', 'beltalowda', 'command'], 'npx');
  });
});

describe('doctor where something keeps research from working', () => {
  it.each([
    ['STORE_CORRUPT', 'damaged, or no database of beltalowda'],
    ['STORE_NEWER', 'written by a newer release'],
    ['STORE_LOCKED', 'locked by another program'],
    ['STORE_UNAVAILABLE', 'cannot be used'],
  ] as const)('names a database with %s', async (code, words) => {
    const { exit, out } = await doctor([], {
      maintenance: scriptedMaintenance({ fault: new Fault(code, 'the message') }),
    });
    expect(exit).toBe(1);
    expect(out).toMatch(new RegExp(`✖ database +${database}: ${words}`));
    expect(out).toContain(`error ${code}: the message\nhint: `);
    expect(out).not.toContain('Nothing is wrong');
  });

  it('names the command that lists what is not as it was written', async () => {
    writeFileSync(database, '');
    const findings = [{ task_id: ID, where: 'events seq 4', what: 'it is missing' }];
    const maintenance = scriptedMaintenance({ check: { ...SOUND, sound: false, findings } });
    const { exit, out } = await doctor(['--db', database], { maintenance });
    expect(exit).toBe(1);
    expect(out).toContain('error AUDIT_FAILED: ');
    expect(out).toContain(`hint: See them with: beltalowda db check --db ${database}\n`);
  });

  it('goes on when the configuration is broken, and tells every mistake in it', async () => {
    writeFileSync(path.join(home, 'beltalowda.config.json'), '{"modle": "x", "log_level": "loud"}');
    const { exit, out } = await doctor(['--json'], { env: { BELTALOWDA_MAX_AGENTS_TOTAL: 'many' } });
    expect(exit).toBe(1);
    const { problems, settings, checks } = diagnosis(out);
    expect(problems.map(({ code }) => code)).toEqual(['CONFIG_INVALID', 'CONFIG_INVALID', 'CONFIG_INVALID']);
    expect(problems[0]?.hint).toBe('Did you mean "model"?');
    expect(settings.find(({ name }) => name === 'log_level')).toEqual({
      name: 'log_level',
      value: 'warn',
      from: 'default',
    });
    expect(checks[0]).toMatchObject({ what: 'configuration file', good: false });
  });

  it('names each source that cannot be read, and a model that is none', async () => {
    const { exit, out } = await doctor(['--source', path.join(home, 'none'), '--model', 'gpt']);
    expect(exit).toBe(1);
    expect(flat(out)).toContain(`✖ source ${home}/none: does not exist`);
    expect(out).toContain(
      `error SOURCE_NOT_FOUND: source ${home}/none does not exist\nhint: Correct the path in --source`,
    );
    expect(out).toContain('error MODEL_UNKNOWN: model "gpt" cannot be run\nhint: ');
  });

  it('names a data directory that can never be made', async () => {
    writeFileSync(path.join(home, 'file'), '');
    const { exit, out } = await doctor([], { env: { BELTALOWDA_HOME: path.join(home, 'file', 'data') } });
    expect(exit).toBe(1);
    expect(out).toContain(
      `error CONFIG_INVALID: the data directory ${home}/file/data (environment BELTALOWDA_HOME) is `,
    );
    expect(out).toContain(`✖ data directory      ${home}/file/data: cannot be a folder\n`);
    expect(out.match(/^error /gm)).toHaveLength(1);
  });
});

describe('doctor and servers of tools', () => {
  const servers = {
    BELTALOWDA_MCP_SERVERS: '{"eye": {"command": "eye", "args": ["sesame"], "env": {"KEY": "sesame"}}}',
  };

  it('lists each with its tools, and those that cannot be used with the reason', async () => {
    const tools = [
      { name: 'eye', tools: ['eye_look', 'eye_see'], wrong: ['eye_paint of eye: it can only be run as a task'] },
      { name: 'ear', tools: [], wrong: ['the program ear is not found'] },
    ];
    const { exit, out } = await doctor(['--json'], { tools, env: servers });
    expect(exit).toBe(1);
    const { checks, problems } = Diagnosis.parse(JSON.parse(out));
    expect(checks.slice(-2)).toEqual([
      {
        what: 'server eye',
        good: true,
        words: '2 tools: eye_look, eye_see; eye_paint of eye: it can only be run as a task',
      },
      { what: 'server ear', good: false, words: 'the program ear is not found' },
    ]);
    expect(problems.map(({ code, message }) => [code, message])).toEqual([
      ['TOOL_UNAVAILABLE', 'mcpServers.ear: the program ear is not found'],
    ]);
  });

  it('copies nothing of them, neither into settings nor into the entry for a host, and says so', async () => {
    const told = await doctor(['--json'], { env: servers });
    expect(told.out).not.toContain('sesame');
    const { settings, host, advice } = Diagnosis.parse(JSON.parse(told.out));
    expect(settings.find(({ name }) => name === 'mcp_servers')?.value).toEqual(['eye']);
    expect(Object.keys(host.mcpServers.beltalowda.env)).toEqual(['BELTALOWDA_HOME']);
    expect(advice.join(' ')).toContain('BELTALOWDA_MCP_SERVERS is not copied into the entry for a host');
    expect((await doctor([], { env: servers })).out).not.toContain('sesame');
  });
});
