/** The service as a process: from its address to its exit code. */

import type { Orchestrator } from '../../core/views.ts';
import { checkAddress, type HttpParts, type Listening, serveOverHttp } from './http.ts';

/** Whoever stops a service kills it after ten seconds; what is not given back by then is taken over when its lease ends. */
const STOP_MS = 9000;

export interface ServiceProcess {
  readonly opened: { get(): Promise<Orchestrator>; close(): Promise<void> };
  /** Resolves at the signal to stop. */
  readonly stopped: Promise<void>;
  /** Tells a person that it listens. */
  readonly say: (line: string) => void;
}

/**
 * Serves until it is stopped, taking up whatever is open. Resolves to the exit code: 1 when it could not stop in time.
 * Rejects with what kept it from starting.
 */
export async function runService(
  parts: Omit<HttpParts, 'orchestrator'>,
  listening: Listening,
  { opened, stopped, say }: ServiceProcess,
): Promise<number> {
  checkAddress(listening, parts.access);
  try {
    // Before anything is listened to: a database that cannot be opened ends the start with its reason.
    const orchestrator = await opened.get();
    const service = await serveOverHttp({ ...parts, orchestrator: () => opened.get() }, listening);
    orchestrator.recover();
    say(`beltalowda ${parts.version} listens on ${service.url} (MCP at ${service.url}/mcp)\n`);
    await stopped;
    const late = Promise.withResolvers<number>();
    const stopTimer = parts.clock.after(STOP_MS, () => late.resolve(1));
    const done = service.close().then(async () => {
      await opened.close();
      return 0;
    });
    return await Promise.race([done, late.promise]).finally(stopTimer);
  } catch (thrown) {
    await opened.close();
    throw thrown;
  }
}
