import { describe, expect, test } from 'vitest';
import type { Json } from '../../../../src/core/json.ts';
import { refusal, retryAfter } from '../../../../src/providers/models/vendors/faults.ts';
import { ENDPOINT } from '../../../support/vendor-events.ts';

const refused = (status: number, body: Json | string, retry_after_ms: number | null = null) =>
  refusal(ENDPOINT, { status, body: typeof body === 'string' ? body : JSON.stringify(body), retry_after_ms });

const error = (message: string, kind: { readonly type?: string; readonly code?: string } = {}): Json => ({
  error: { message, ...kind },
});

describe('an answer with an error status', () => {
  test.each<[string, number, Json | string, string]>([
    ['wrong key', 401, error('Incorrect API key provided', { code: 'invalid_api_key' }), 'PROVIDER_REFUSED'],
    [
      'key without this right',
      403,
      { type: 'error', error: { type: 'permission_error', message: 'No' } },
      'PROVIDER_REFUSED',
    ],
    [
      'unknown model, OpenAI',
      404,
      error('The model `x` does not exist', { code: 'model_not_found' }),
      'MODEL_REJECTED',
    ],
    [
      'unknown model, Anthropic',
      404,
      { type: 'error', error: { type: 'not_found_error', message: 'model: x' } },
      'MODEL_REJECTED',
    ],
    ['unknown model, Ollama', 404, { error: 'model "x" not found, try pulling it first' }, 'MODEL_REJECTED'],
    [
      'model that may not be used',
      403,
      error('Project does not have access', { code: 'model_not_found' }),
      'MODEL_REJECTED',
    ],
    ['no tools, Ollama', 400, error('registry.ollama.ai/library/gemma:2b does not support tools'), 'MODEL_REJECTED'],
    ['no forced tools, Anthropic', 400, error('tool_choice: not supported for this model'), 'MODEL_REJECTED'],
    ['something it refuses', 422, { detail: [{ loc: ['body', 'x'], msg: 'extra' }] }, 'MODEL_REJECTED'],
    ['no credit, DeepSeek', 402, error('Insufficient Balance'), 'PROVIDER_QUOTA'],
    [
      'no credit, OpenAI',
      429,
      error('You exceeded your current quota', { code: 'insufficient_quota' }),
      'PROVIDER_QUOTA',
    ],
    [
      'no credit, Anthropic',
      400,
      error('Your credit balance is too low', { type: 'invalid_request_error' }),
      'PROVIDER_QUOTA',
    ],
    ['own limit, Anthropic', 400, error('You have reached your specified API usage limits.'), 'PROVIDER_QUOTA'],
    ['no credit, xAI', 403, { code: 'x', error: 'Your team has used all available credits' }, 'PROVIDER_QUOTA'],
    ['too many', 429, error('Rate limit reached for requests', { type: 'requests' }), 'PROVIDER_LIMITED'],
    [
      'too many, Gemini',
      429,
      [{ error: { code: 429, message: 'Quota exceeded. Please retry in 8s', status: 'RESOURCE_EXHAUSTED' } }],
      'PROVIDER_LIMITED',
    ],
    [
      'too many tokens for now, Bedrock',
      429,
      error('Too many tokens, please wait before trying again.', { type: 'ThrottlingException' }),
      'PROVIDER_LIMITED',
    ],
    [
      'too many tokens for now, Anthropic',
      429,
      error('This would exceed your rate limit of 40,000 tokens per minute; reduce the length of the prompt'),
      'PROVIDER_LIMITED',
    ],
    [
      'a limit for some seconds',
      429,
      error('You have reached your usage limit of 5 requests; try again in 20 s'),
      'PROVIDER_LIMITED',
    ],
    ['own limit, with no end to it', 429, error('You have reached your usage limit'), 'PROVIDER_QUOTA'],
    ['a model that is busy', 429, error('The model is not available at this rate, try again'), 'PROVIDER_LIMITED'],
    [
      'more than a minute ever allows',
      413,
      error('Request too large for model on tokens per minute (TPM)'),
      'CONTEXT_TOO_LONG',
    ],
    ['too long, OpenAI', 400, error('x', { code: 'context_length_exceeded' }), 'CONTEXT_TOO_LONG'],
    ['too long, Anthropic', 400, error('prompt is too long: 210000 tokens > 200000 maximum'), 'CONTEXT_TOO_LONG'],
    [
      'too long, vLLM',
      400,
      { object: 'error', message: "This model's maximum context length is 4096 tokens" },
      'CONTEXT_TOO_LONG',
    ],
    [
      'too long, Gemini',
      400,
      error('The input token count (9) exceeds the maximum number of tokens allowed'),
      'CONTEXT_TOO_LONG',
    ],
    [
      'too large',
      413,
      { error: { type: 'request_too_large', message: 'Request exceeds the maximum size' } },
      'CONTEXT_TOO_LONG',
    ],
    [
      'busy, Anthropic',
      529,
      { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } },
      'PROVIDER_UNAVAILABLE',
    ],
    ['broken', 500, error('The server had an error'), 'PROVIDER_UNAVAILABLE'],
    ['broken, with a page', 502, '<html><h1>Bad gateway</h1></html>', 'PROVIDER_UNAVAILABLE'],
    ['timed out', 408, '', 'PROVIDER_UNAVAILABLE'],
    ['conflict', 409, error('Lock timeout'), 'PROVIDER_UNAVAILABLE'],
    ['wrong address', 404, '404 page not found', 'PROVIDER_PROTOCOL'],
    ['wrong address, with a page', 404, '<!DOCTYPE html><title>Not found</title>', 'PROVIDER_PROTOCOL'],
    ['not for POST', 405, '', 'PROVIDER_PROTOCOL'],
    ['elsewhere', 302, '', 'PROVIDER_PROTOCOL'],
  ])('%s', (_what, ...[status, body, code]) => {
    expect(refused(status, body)).toMatchObject({ code, retryable: /LIMITED|UNAVAILABLE|PROTOCOL/.test(code) });
  });

  test('says who refused, and what to do', () => {
    const fault = refused(401, error('Incorrect API key provided'));
    expect([fault.message, fault.hint]).toEqual([
      'vendor (HTTP 401): Incorrect API key provided',
      'Check the key in VENDOR_API_KEY, and that it may use this model; `beltalowda doctor` tries it.',
    ]);
    expect(refused(404, 'no').hint).toContain('http://127.0.0.1:9/v1');
    expect(refused(500, '<html>').message).toBe('vendor (HTTP 500): a web page instead of an answer');
    expect(refused(500, '').message).toBe('vendor (HTTP 500): no reason given');
  });

  test('is over after a while where it says when to come back, but for what no wait makes fit or pays for', () => {
    expect(refused(429, error('Too many tokens'), 1500)).toMatchObject({
      code: 'PROVIDER_LIMITED',
      retryAfterMs: 1500,
    });
    expect(refused(429, error('usage limit reached'), 1500).code).toBe('PROVIDER_LIMITED');
    expect(refused(429, error('Request too large: tokens per minute'), 1500).code).toBe('CONTEXT_TOO_LONG');
    expect(refused(429, error('x', { code: 'insufficient_quota' }), 1500).code).toBe('PROVIDER_QUOTA');
    expect(refused(400, error('prompt is too long: try again with less'), 1500).code).toBe('CONTEXT_TOO_LONG');
  });

  test('passes on how long to wait, where waiting helps', () => {
    expect(refused(429, error('x'), 1500).retryAfterMs).toBe(1500);
    expect(refused(503, error('x'), 1500).retryAfterMs).toBe(1500);
    expect(refused(402, error('x'), 1500).retryAfterMs).toBeNull();
  });
});

test.each([
  [{ 'retry-after-ms': '120', 'retry-after': '9' }, 120],
  [{ 'retry-after': '9' }, 9000],
  [{ 'retry-after': '0.5' }, 500],
  [{ 'retry-after': 'Thu, 01 Jan 2026 00:00:30 GMT' }, 30_000],
  [{ 'retry-after': 'Wed, 31 Dec 2025 00:00:00 GMT' }, 0],
  [{ 'retry-after': '99999999999999999' }, 86_400_000],
  [{ 'retry-after-ms': '1e300' }, 86_400_000],
  [{ 'retry-after': 'Fri, 31 Dec 9999 23:59:59 GMT' }, 86_400_000],
  [{ 'retry-after': 'soon' }, null],
  [{ 'retry-after-ms': '-1' }, null],
  [{}, null],
])('%j means a wait of %s ms', (headers: Record<string, string>, wait) => {
  expect(retryAfter((name) => headers[name] ?? null, Date.UTC(2026, 0, 1))).toBe(wait);
});
