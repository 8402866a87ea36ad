import { describe, expect, it } from 'vitest';
import { readConfig } from '../../../src/config.ts';
import { readOtlp } from '../../../src/config/otlp.ts';

const ENDPOINT = 'http://collector.corp:4318';
const SAID = { OTEL_EXPORTER_OTLP_ENDPOINT: ENDPOINT };

describe('where traces go', () => {
  it.each([
    [{}],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: ' ' }],
    [{ OTEL_SERVICE_NAME: 'a', OTEL_TRACES_SAMPLER: 'nonsense' }],
    [{ ...SAID, OTEL_SDK_DISABLED: 'TRUE' }],
    [{ ...SAID, OTEL_TRACES_EXPORTER: 'none' }],
  ])('is nowhere with %j', (env) => {
    expect(readOtlp(env)).toEqual({ otlp: null, warnings: [] });
  });

  it('is below the address for all, as the specification presets the rest', () => {
    expect(readOtlp(SAID)).toEqual({
      otlp: {
        url: `${ENDPOINT}/v1/traces`,
        protocol: 'http/protobuf',
        headers: {},
        compression: 'none',
        timeout_ms: 10_000,
        resource: [['service.name', 'beltalowda']],
        sampler: { parent: true, ratio: 1 },
        queue: { most: 2048, batch: 512, delay_ms: 1000 },
        content: false,
      },
      warnings: [],
    });
    expect(readOtlp({ OTEL_EXPORTER_OTLP_ENDPOINT: `${ENDPOINT}/otel/` }).otlp?.url).toBe(`${ENDPOINT}/otel/v1/traces`);
  });

  it('is as the variables for traces say, before those for all', () => {
    const { otlp, warnings } = readOtlp({
      OTEL_EXPORTER_OTLP_ENDPOINT: ENDPOINT,
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'https://traces.corp/in',
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf',
      OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'http/json',
      OTEL_EXPORTER_OTLP_HEADERS: 'a=1',
      OTEL_EXPORTER_OTLP_TRACES_HEADERS: 'authorization=Basic%20eDp5, x-team = blue ',
      OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip',
      OTEL_EXPORTER_OTLP_TIMEOUT: '2500',
      OTEL_SERVICE_NAME: 'research',
      OTEL_RESOURCE_ATTRIBUTES: 'service.name=other,deployment.environment.name=t%C3%A9st',
      OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
      OTEL_TRACES_SAMPLER_ARG: '0.25',
      OTEL_BSP_MAX_QUEUE_SIZE: '100',
      OTEL_BSP_MAX_EXPORT_BATCH_SIZE: '10',
      OTEL_BSP_SCHEDULE_DELAY: '50',
      OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT: 'true',
    });
    expect(warnings).toEqual([]);
    expect(otlp).toEqual({
      url: 'https://traces.corp/in',
      protocol: 'http/json',
      headers: { authorization: 'Basic eDp5', 'x-team': 'blue' },
      compression: 'gzip',
      timeout_ms: 2500,
      resource: [
        ['service.name', 'research'],
        ['deployment.environment.name', 'tést'],
      ],
      sampler: { parent: true, ratio: 0.25 },
      queue: { most: 100, batch: 10, delay_ms: 50 },
      content: true,
    });
  });

  it.each([
    ['always_on', { parent: false, ratio: 1 }],
    ['always_off', { parent: false, ratio: 0 }],
    ['traceidratio', { parent: false, ratio: 0.5 }],
    ['parentbased_always_on', { parent: true, ratio: 1 }],
    ['parentbased_always_off', { parent: true, ratio: 0 }],
  ])('samples by %s', (name, sampler) => {
    const env = { ...SAID, OTEL_TRACES_SAMPLER: name, OTEL_TRACES_SAMPLER_ARG: '0.5' };
    expect(readOtlp(env).otlp?.sampler).toEqual(sampler);
  });

  it.each([
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'sesame:4317', 'is no http or https address without a user'],
    ['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', 'http://a:sesame@c.corp/', 'is no http or https address without a user'],
    ['OTEL_EXPORTER_OTLP_PROTOCOL', 'grpc', 'is none of http/protobuf, http/json'],
    ['OTEL_EXPORTER_OTLP_HEADERS', 'sesame', 'has an item that is no name=value'],
    ['OTEL_EXPORTER_OTLP_HEADERS', 'a=%sesame', 'has an item that is no name=value'],
    ['OTEL_EXPORTER_OTLP_TIMEOUT', '-1', 'is no whole number above 0'],
    ['OTEL_TRACES_SAMPLER_ARG', '2', 'is no number from 0 to 1'],
    ['OTEL_TRACES_SAMPLER', 'jaeger_remote', expect.stringContaining('is none of always_on')],
  ])('says that %s=%s is not used, without its value', (name, value, why) => {
    const { warnings } = readOtlp({ ...SAID, [name]: value });
    const [warning = ''] = warnings;
    expect(warnings).toHaveLength(1);
    expect(warning).toEqual(typeof why === 'string' ? `${name} ${why} and is not used.` : why);
    expect(warning).not.toContain('sesame');
  });

  it('is no setting that is shown', () => {
    const env = { BELTALOWDA_HOME: '/where/nothing/is', ...SAID, OTEL_EXPORTER_OTLP_HEADERS: 'key=sesame' };
    const { otlp, origins } = readConfig({ env, flags: {}, cwd: '/cwd' });
    expect(otlp?.headers).toEqual({ key: 'sesame' });
    expect(JSON.stringify(origins)).not.toContain('sesame');
  });
});
