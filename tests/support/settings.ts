/** Settings of an orchestrator in tests and benchmarks: the defaults, and models that are there for sure. */

import { Fault } from '../../src/core/errors.ts';
import type { Price } from '../../src/core/price.ts';
import type { RetentionSettings } from '../../src/orchestrator/erasure.ts';
import type { Settings } from '../../src/orchestrator/submission.ts';

type All = Settings & RetentionSettings;

/** `prices`: models that can be run beside `model`, and what they cost. */
export function settings(
  given: Partial<Omit<All, 'models'>> & { readonly prices?: Readonly<Record<string, Price | null>> } = {},
): All {
  const { prices = {}, ...change } = given;
  const model = change.model ?? 'extractive';
  return {
    sources: [],
    model,
    model_plan: null,
    model_belter: null,
    model_drummer: null,
    model_camina: null,
    fallback_models: [],
    budget_usd: null,
    max_tokens: null,
    owner_max_active: null,
    owner_max_per_minute: null,
    owner_usd_per_day: null,
    network: 'off',
    mcp_servers: [],
    paid_tools: false,
    max_concurrent_agents: 10,
    fetch_allow: [],
    workflow_timeout_minutes: 60,
    retention_days: null,
    retention_max_workflows: null,
    retention_max_mb: null,
    ...change,
    models: {
      check: (name) => {
        if (name === model || name === 'extractive' || Object.hasOwn(prices, name)) return;
        if (!name.includes('/')) throw new Fault('MODEL_UNKNOWN', `model "${name}" cannot be run`);
        throw new Fault('PROVIDER_NOT_CONFIGURED', `${name} needs VENDOR_API_KEY`);
      },
      price: (name) => prices[name] ?? null,
    },
  };
}
