/** What `serve` says before it listens: why all research would be refused. Nobody watches the first request to a service. */

import type { Config } from '../../config.ts';
import { Fault, toFault } from '../../core/errors.ts';
import { EXTRACTIVE, type ModelProbe } from '../../core/model-catalogue.ts';
import { isNear } from '../../core/tool-server.ts';
import { lookAtSource } from './checks.ts';
import { checkModel, modelsOf } from './model-checks.ts';
import type { CliParts } from './parts.ts';

/** One sentence for each. They keep nothing from starting: a folder may come later, and a caller may name another model. */
export async function serveWarnings(parts: CliParts, config: Config): Promise<readonly string[]> {
  const looks = await Promise.all(config.sources.map(lookAtSource));
  const sources = looks.flatMap(({ problem }) => problem ?? []);
  const used = [...modelsOf(config).keys()].filter((name) => name !== EXTRACTIVE);
  const refused = used.length === 0 ? [] : refusals(await parts.models(config), config, used);
  const faults = [...nothingToRead(config), ...sources, ...refused];
  return faults.map(({ message, hint }) => `${message}. ${hint}`);
}

function nothingToRead({ sources, network, mcp_servers }: Config): readonly Fault[] {
  if (sources.length > 0 || network === 'on' || mcp_servers.some(isNear)) return [];
  return [
    new Fault('NO_SOURCES', 'there is nothing to research: no source is set, and the network is off', {
      hint: 'Name folders with --source or BELTALOWDA_SOURCES.',
    }),
  ];
}

/** By name, key and price alone; what only the provider knows, `doctor` asks it. */
function refusals(models: ModelProbe, config: Config, used: readonly string[]): readonly Fault[] {
  return used.flatMap((name) => {
    try {
      checkModel(models, config, name);
      return [];
    } catch (thrown) {
      return toFault(thrown);
    }
  });
}
