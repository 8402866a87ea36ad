/**
 * The composition root: reads argv and settings, builds the parts, starts an edge, stops everything. The only file that
 * knows them all. Until a tool is called or a command runs, nothing heavy is loaded, opened or locked: hosts start servers
 * twice and throw probes away.
 */

import { readFileSync } from 'node:fs';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { type Config, type ConfigFlags, environment, examineConfig, readConfig } from './config.ts';
import type { Maintenance } from './core/audit.ts';
import { toFault } from './core/errors.ts';
import type { ModelProbe } from './core/model-catalogue.ts';
import type { ToolServerState } from './core/tool-server.ts';
import { type Telemetry, UNTOLD } from './core/telemetry.ts';
import type { Orchestrator } from './core/views.ts';
import type { ToolServers } from './providers/tools/mcp/mcp.ts';
import { createLog, createPlainLog, type Log, warnings } from './log.ts';
import type { LanguageModels } from './providers/models/vendors/vendors.ts';
import type { LanguageModel, Model, Toolbox } from './providers/providers.ts';
import { HOST } from './server/callers.ts';
import { openedOnce } from './server/opened-once.ts';
import type { Watching } from './telemetry/telemetry.ts';

/** Any interval keeps the process alive until main ends it; this one is too long to ever matter. */
const HOLD_MS = 2 ** 30;

/** Runs the program and ends the process with its exit code. */
export async function main(): Promise<void> {
  const argv = process.argv.slice(2);
  // A host that speaks MCP needs none of the command line.
  const piped = argv.length === 0 && !process.stdin.isTTY;
  process.exit(piped ? await serveHost() : await runCommand(argv));
}

function version(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  return typeof manifest === 'object' && manifest !== null && 'version' in manifest ? String(manifest.version) : '';
}

function told(flags: ConfigFlags) {
  return { env: environment(), flags, cwd: process.cwd() };
}

function configure(flags: ConfigFlags): Config {
  return readConfig(told(flags));
}

/** How a host starts this very program: by name where `npx` fetched it, else by path, which is there for sure. */
function launch(): { readonly command: string; readonly args: readonly string[] } {
  const launcher = fileURLToPath(new URL('../bin/beltalowda.js', import.meta.url));
  return /[\\/]_npx[\\/]/.test(launcher)
    ? { command: 'npx', args: ['-y', 'beltalowda'] }
    : { command: process.execPath, args: [launcher] };
}

/** A host shows what the server printed before it ended, so a bad setting is a clear line there. */
async function serveHost(): Promise<number> {
  try {
    const config = configure({});
    for (const warning of config.warnings) process.stderr.write(`warning: ${warning}\n`);
    return await serveStdio(config);
  } catch (thrown) {
    const fault = toFault(thrown);
    process.stderr.write(`error ${fault.code}: ${fault.message}\nhint: ${fault.hint}\n`);
    return fault.exit;
  }
}

async function runCommand(argv: readonly string[]): Promise<number> {
  const { runCli, terminal } = await import('./server/cli/cli.ts');
  const { stdin, stdout, stderr } = process;
  // Waiting for another process's workflow holds nothing open; without this Node would end in the middle of it.
  setInterval(() => undefined, HOLD_MS);
  return runCli(argv, {
    version: version(),
    terminal: terminal({ stdin, stdout, stderr, env: environment(), signals: process }),
    configure,
    examine: (flags) => examineConfig(told(flags)),
    open: (config) =>
      openOrchestrator(
        config,
        createPlainLog(config.log_level, (line) => stderr.write(line)),
      ),
    maintenance: openMaintenance,
    stdio: serveStdio,
    serve: serveService,
    models: openModels,
    tools: tryServers,
    launch: launch(),
  });
}

/** Serves MCP until standard input ends or a signal comes; then gives leases back and closes. */
async function serveStdio(config: Config): Promise<number> {
  const { serveOverStdio } = await import('./server/stdio.ts');
  const log = createLog(config.log_level);
  const opened = openedOnce(() => openOrchestrator(config, log));
  const stopped = signalled();
  const tasks = config.mcp_tasks === 'on';
  const parts = { version: version(), orchestrator: () => opened.get(), caller: HOST, tasks, log };
  try {
    const service = await serveOverStdio(parts, { stdin: process.stdin, stdout: process.stdout }, log);
    await Promise.race([service.ended, stopped]);
    await service.close();
    await opened.close();
    return 0;
  } finally {
    await log.flush();
  }
}

/** Serves HTTP until a signal comes; then tells clients to come back, gives leases back and closes. */
async function serveService(config: Config): Promise<number> {
  const [{ serviceAccess }, { runService }, { systemClock }, { diskCheck }, { providerChecks }] = await Promise.all([
    import('./server/access/service-access.ts'),
    import('./server/http/service.ts'),
    import('./engine/system-clock.ts'),
    import('./store/sqlite/disk.ts'),
    import('./providers/models/models.ts'),
  ]);
  const log = createLog(config.log_level);
  const vendors = await openVendors(config);
  const watching = await openWatching(config, log, true);
  const parts = {
    version: version(),
    access: await serviceAccess(config.options, { clock: systemClock, warn: log.warn.bind(log) }),
    clock: systemClock,
    random: Math.random,
    tasks: config.mcp_tasks === 'on',
    checks: [diskCheck(config.database), ...providerChecks(vendors)],
    metrics: () => watching.text(),
    lag: (ms: number) => watching.tell({ kind: 'event_read', ms }),
    log,
  };
  const opened = openedOnce(() => openOrchestrator(config, log, watching));
  try {
    return await runService(parts, config.options, {
      opened,
      stopped: signalled(),
      say: (line) => void process.stderr.write(line),
    });
  } finally {
    await vendors.close();
    await log.flush();
  }
}

/** Resolves at the first signal that asks the process to end. A second one ends it. */
function signalled(): Promise<void> {
  return new Promise<void>((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.once(signal, () => resolve());
  });
}

/** The database as a whole: opened by what is done with it, never by being here. */
async function openMaintenance(config: Config): Promise<Maintenance> {
  const [{ sqliteMaintenance }, { systemClock }] = await Promise.all([
    import('./store/sqlite/sqlite.ts'),
    import('./engine/system-clock.ts'),
  ]);
  return sqliteMaintenance({ file: config.database, clock: systemClock });
}

/** Models of vendors; which of them can be asked, their keys decide. */
async function openVendors(
  { credentials, prices, proxy }: Config,
  telemetry: Telemetry = UNTOLD,
): Promise<LanguageModels> {
  const [{ languageModels }, { systemClock }] = await Promise.all([
    import('./providers/models/vendors/vendors.ts'),
    import('./engine/system-clock.ts'),
  ]);
  const waited = (ms: number): void => telemetry.tell({ kind: 'waited', limiter: 'provider', ms });
  return languageModels({ credentials, prices: prices ?? {}, proxy, clock: systemClock, waited });
}

/** The models `doctor` asks about. */
async function openModels(config: Config): Promise<ModelProbe> {
  const [{ probe }, vendors] = await Promise.all([import('./providers/models/models.ts'), openVendors(config)]);
  return probe(vendors);
}

/** Tools of agents. Nothing of them is loaded or started before one is used. */
async function openToolbox(config: Config, log: Log): Promise<Toolbox> {
  const [{ webTools }, { toolbox }, { systemClock }] = await Promise.all([
    import('./providers/tools/web/web.ts'),
    import('./providers/tools/toolbox/toolbox.ts'),
    import('./engine/system-clock.ts'),
  ]);
  const { credentials, search, search_price, fetch_allow, domain_tools } = config;
  const web = webTools({ credentials, search, search_price, fetch_allow, clock: systemClock, version: version() });
  const own = web.tools(true).map(({ name }) => name);
  return toolbox({ web, servers: await openServers(config, log, own), domains: domain_tools });
}

/** Servers of tools; `own`: the names of those that are no server's. */
async function openServers(config: Config, log: Log, own: readonly string[]): Promise<ToolServers> {
  const [{ toolServers }, { systemClock }] = await Promise.all([
    import('./providers/tools/mcp/mcp.ts'),
    import('./engine/system-clock.ts'),
  ]);
  return toolServers({
    servers: config.mcp_servers,
    clock: systemClock,
    version: version(),
    reserved: [...own, 'search_documents', 'read_source'],
    log: (message) => log.debug({}, message),
  });
}

/** For `doctor`. */
async function tryServers(config: Config): Promise<readonly ToolServerState[]> {
  const servers = await openServers(
    config,
    createPlainLog('silent', () => undefined),
    [],
  );
  try {
    return await servers.states();
  } finally {
    await servers.close();
  }
}

/** Who plans, researches and writes: the model that needs nothing, and those of vendors with the tools of their agents. */
async function openMinds(config: Config, log: Log, telemetry: Telemetry) {
  const [{ thinkingModel }, { extractiveModel }, { systemClock }] = await Promise.all([
    import('./research/research.ts'),
    import('./providers/models/extractive/extractive.ts'),
    import('./engine/system-clock.ts'),
  ]);
  const [vendors, toolbox] = await Promise.all([openVendors(config, telemetry), openToolbox(config, log)]);
  const extractive = extractiveModel();
  const models = (name: string): LanguageModel => vendors.model(name);
  const thinking = { models, toolbox, clock: systemClock, byCode: extractive };
  // Whether a vendor's model can be asked shows when it is asked: what others wrote is replayed and shown without its key.
  const model = (name: string): Model => (name === extractive.name ? extractive : thinkingModel(name, thinking));
  return { extractive, vendors, model, toolbox };
}

/** Whoever watches this process; `metrics`: somebody may come to read its numbers. */
async function openWatching(config: Config, log: Log, metrics: boolean): Promise<Watching> {
  const [{ openTelemetry }, { systemClock }] = await Promise.all([
    import('./telemetry/telemetry.ts'),
    import('./engine/system-clock.ts'),
  ]);
  const { otlp } = config;
  return openTelemetry({ otlp, metrics, version: version(), clock: systemClock, log: warnings(log) });
}

/** Builds the parts of one process on one SQLite file. */
async function openOrchestrator(config: Config, log: Log, watched?: Watching): Promise<Orchestrator> {
  const [{ openSqliteStore }, { inProcessBus }, { InProcessDispatcher }, { systemClock }, { openNode }] =
    await Promise.all([
      import('./store/sqlite/sqlite.ts'),
      import('./bus/in-process.ts'),
      import('./engine/dispatch/in-process.ts'),
      import('./engine/system-clock.ts'),
      import('./node.ts'),
    ]);
  const [{ openLibrary }, { catalogue }, { timed }] = await Promise.all([
    import('./providers/tools/documents/documents.ts'),
    import('./providers/models/models.ts'),
    import('./store/timed.ts'),
  ]);
  const clock = systemClock;
  const warn = warnings(log);
  const telemetry = watched ?? (await openWatching(config, log, false));
  const opened = await openSqliteStore({ file: config.database, clock });
  const store = watched === undefined ? opened : timed(opened, telemetry);
  const bus = inProcessBus({
    clock,
    changes: () => store.changes(),
    failed: (thrown) => warn('the change counter', thrown),
  });
  const library = openLibrary({ cacheDirectory: config.cache, log: warn });
  const { extractive, vendors, model, toolbox } = await openMinds(config, log, telemetry);
  const dispatcher = new InProcessDispatcher({ total: config.max_agents_total });
  telemetry.reads({ workflows: async () => ({ ...(await store.workflows.open()) }), steps: () => dispatcher.load });
  return openNode({
    store,
    bus,
    dispatcher,
    telemetry,
    library,
    model,
    lastResort: extractive,
    clock,
    random: Math.random,
    silence_ms: config.silence_seconds * 1000,
    admission: { max_active: config.max_active_workflows, max_queued: config.max_queued_workflows },
    settings: { ...config, models: catalogue(vendors), paid_tools: toolbox.paid },
    log: warn,
    closeRest: async () => {
      await Promise.all([library.close(), toolbox.close(), vendors.close(), telemetry.close()]);
      await log.flush();
    },
  });
}
