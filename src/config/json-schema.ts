/** The published JSON Schema of the configuration file, made from the tables it is read by. */

import type { Json } from '../core/json.ts';
import { FILE_NAME } from './file.ts';
import { ALL, type Option } from './table.ts';

/** JSON Schema 2020-12. Accepts what the reader accepts in a file named with --config; one found in the data directory may not hold `home`. */
export function configSchema(): { readonly [keyword: string]: Json } {
  const entries = ALL.filter((option) => option.inFile !== false);
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: FILE_NAME,
    description:
      'Configuration of beltalowda. Read from the data directory, or from the file named with --config or BELTALOWDA_CONFIG. A flag goes before an environment variable, a variable before this file, this file before the default.',
    type: 'object',
    properties: {
      $schema: { type: 'string', description: 'Where this schema is; for editors.' },
      ...Object.fromEntries(entries.map((option) => [option.key, property(option)])),
    },
    additionalProperties: false,
  };
}

function property(option: Option): { readonly [keyword: string]: Json } {
  const { kind, description, flag, env, fallback, preset, name } = option;
  const sentences = [
    description,
    ...(kind.path ? ['A relative path starts at the folder of this file'] : []),
    ...(name === 'home' ? ['Only in a file named with --config or BELTALOWDA_CONFIG'] : []),
    `Default: ${fallback}`,
    `Flag: ${flag}, variable: ${env}`,
  ];
  const known = typeof preset === 'string' || typeof preset === 'number' || typeof preset === 'boolean';
  return { description: `${sentences.join('. ')}.`, ...kind.schema, ...(known ? { default: preset } : {}) };
}
