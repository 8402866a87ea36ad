/**
 * Where traces go, by the variables that every program with OpenTelemetry reads. They stand in the environment alone: headers
 * may hold a key, so nothing repeats their values. Without an address there are no traces.
 */

import type { OtlpSettings, Sampler } from '../core/telemetry.ts';

interface ReadOtlp {
  readonly otlp: OtlpSettings | null;
  /** Sentences about what cannot be used. */
  readonly warnings: readonly string[];
}

const SERVICE = 'beltalowda';
const PROTOCOLS = ['http/protobuf', 'http/json'] as const;
const COMPRESSIONS = ['none', 'gzip'] as const;
/** As the specification has them, but for the delay, which is 5 s there: what a killed process has not sent is lost. */
const PRESETS = { timeout_ms: 10_000, most: 2048, batch: 512, delay_ms: 1000 };

const SAMPLERS: Readonly<Record<string, (ratio: number) => Sampler>> = {
  always_on: () => ({ parent: false, ratio: 1 }),
  always_off: () => ({ parent: false, ratio: 0 }),
  traceidratio: (ratio) => ({ parent: false, ratio }),
  parentbased_always_on: () => ({ parent: true, ratio: 1 }),
  parentbased_always_off: () => ({ parent: true, ratio: 0 }),
  parentbased_traceidratio: (ratio) => ({ parent: true, ratio }),
};

/** What can be used of the variables; an empty one counts as unset. */
export function readOtlp(env: NodeJS.ProcessEnv): ReadOtlp {
  const warnings: string[] = [];
  const read = new Variables(env, warnings);
  const url = addressOf(read);
  const off = read.said('OTEL_SDK_DISABLED')?.toLowerCase() === 'true' || read.said('OTEL_TRACES_EXPORTER') === 'none';
  if (url === null || off) return { otlp: null, warnings: off ? [] : warnings };
  const protocol = read.oneOf('PROTOCOL', PROTOCOLS);
  const otlp: OtlpSettings = {
    url,
    protocol,
    headers: Object.freeze(Object.fromEntries(read.pairs(read.ofTraces('HEADERS')))),
    compression: read.oneOf('COMPRESSION', COMPRESSIONS),
    timeout_ms: read.whole(read.ofTraces('TIMEOUT'), PRESETS.timeout_ms),
    resource: resourceOf(read),
    sampler: samplerOf(read),
    queue: Object.freeze({
      most: read.whole(read.named('OTEL_BSP_MAX_QUEUE_SIZE'), PRESETS.most),
      batch: read.whole(read.named('OTEL_BSP_MAX_EXPORT_BATCH_SIZE'), PRESETS.batch),
      delay_ms: read.whole(read.named('OTEL_BSP_SCHEDULE_DELAY'), PRESETS.delay_ms),
    }),
    content: read.said('OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT')?.toLowerCase() === 'true',
  };
  return { otlp: Object.freeze(otlp), warnings };
}

interface Variable {
  readonly name: string;
  readonly value: string | null;
}

class Variables {
  readonly #env: NodeJS.ProcessEnv;
  readonly #warnings: string[];

  constructor(env: NodeJS.ProcessEnv, warnings: string[]) {
    this.#env = env;
    this.#warnings = warnings;
  }

  said(name: string): string | null {
    return (this.#env[name] ?? '').trim() || null;
  }

  named(name: string): Variable {
    return { name, value: this.said(name) };
  }

  /** The variable for traces, else the one for all there is. */
  ofTraces(name: string): Variable {
    const own = this.named(`OTEL_EXPORTER_OTLP_TRACES_${name}`);
    return own.value === null ? this.named(`OTEL_EXPORTER_OTLP_${name}`) : own;
  }

  unusable({ name }: Variable, why: string): void {
    this.#warnings.push(`${name} ${why} and is not used.`);
  }

  oneOf<const T extends string>(name: string, values: readonly [T, ...T[]]): T {
    const variable = this.ofTraces(name);
    const found = values.find((value) => value === variable.value);
    if (found === undefined && variable.value !== null) this.unusable(variable, `is none of ${values.join(', ')}`);
    return found ?? values[0];
  }

  whole(variable: Variable, otherwise: number): number {
    const { value } = variable;
    if (value === null) return otherwise;
    if (/^[1-9]\d{0,8}$/.test(value)) return Number(value);
    this.unusable(variable, 'is no whole number above 0');
    return otherwise;
  }

  /** `name=value,name=value`, values percent-encoded. */
  pairs(variable: Variable): readonly (readonly [string, string])[] {
    return (variable.value ?? '').split(',').flatMap((item) => {
      if (item.trim() === '') return [];
      const at = item.indexOf('=');
      const name = item.slice(0, at).trim();
      const value = at < 1 ? null : unescaped(item.slice(at + 1).trim());
      if (value !== null && /^[\x21-\x7e]+$/.test(name)) return [[name, value] as const];
      this.unusable(variable, 'has an item that is no name=value');
      return [];
    });
  }
}

function unescaped(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

function addressOf(read: Variables): string | null {
  const own = read.named('OTEL_EXPORTER_OTLP_TRACES_ENDPOINT');
  const all = read.named('OTEL_EXPORTER_OTLP_ENDPOINT');
  const variable = own.value === null ? all : own;
  if (variable.value === null) return null;
  const given = URL.parse(variable.value);
  if (given === null || !/^https?:$/.test(given.protocol) || given.username !== '') {
    read.unusable(variable, 'is no http or https address without a user');
    return null;
  }
  // The one for traces is taken as it is; below the other one each kind of signal has its own path.
  if (own.value !== null) return own.value;
  given.pathname = `${given.pathname.replace(/\/+$/, '')}/v1/traces`;
  return given.href;
}

function resourceOf(read: Variables): OtlpSettings['resource'] {
  const given = new Map(read.pairs(read.named('OTEL_RESOURCE_ATTRIBUTES')));
  const service = read.said('OTEL_SERVICE_NAME') ?? given.get('service.name') ?? SERVICE;
  given.delete('service.name');
  return [['service.name', service], ...given];
}

function samplerOf(read: Variables): Sampler {
  const variable = read.named('OTEL_TRACES_SAMPLER');
  const named = SAMPLERS[variable.value ?? 'parentbased_always_on'];
  if (named === undefined) read.unusable(variable, `is none of ${Object.keys(SAMPLERS).join(', ')}`);
  const share = read.named('OTEL_TRACES_SAMPLER_ARG');
  const ratio = share.value === null ? 1 : Number(share.value);
  const usable = ratio >= 0 && ratio <= 1;
  if (!usable) read.unusable(share, 'is no number from 0 to 1');
  return (named ?? (() => ({ parent: true, ratio: 1 })))(usable ? ratio : 1);
}
