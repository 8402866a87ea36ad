/** Errors of what is asked of the outside: models, budgets, addresses, tools. */

import type { CatalogueEntry } from './entry.ts';

export const OUTSIDE = {
  MODEL_UNKNOWN: {
    meaning: 'The model asked for is of no provider that this release knows, or is named without one.',
    hint: 'Write provider/model, or leave model out: `extractive` needs no key.',
    retryable: false,
    exit: 2,
  },
  PROVIDER_NOT_CONFIGURED: {
    meaning: 'The model or search provider asked for has no key or address here; nothing was created.',
    hint: 'Set the variable named in the message, or leave model out.',
    retryable: false,
    exit: 2,
  },
  PROVIDER_REFUSED: {
    meaning: 'The provider does not accept the key, or the key may not use this model.',
    hint: 'Check the key in the variable named in the message; `beltalowda doctor` tries it.',
    retryable: false,
    exit: 1,
  },
  PROVIDER_QUOTA: {
    meaning: 'The account at the provider has no credit or quota left.',
    hint: 'Add credit there, or resume the workflow with another model (--model); what was finished is kept.',
    retryable: false,
    exit: 1,
  },
  PROVIDER_LIMITED: {
    meaning: 'The provider answers too many requests, and went on doing so for longer than the retries last.',
    hint: 'Resume the workflow later, or lower BELTALOWDA_MAX_CONCURRENT_AGENTS.',
    retryable: true,
    exit: 1,
  },
  PROVIDER_UNAVAILABLE: {
    meaning: 'The provider cannot be reached, or failed on its side.',
    hint: 'Check the network and the address in the message; resume the workflow once it answers.',
    retryable: true,
    exit: 1,
  },
  PROVIDER_PROTOCOL: {
    meaning:
      'What came back is not what this interface of the provider answers: a web page, broken JSON, a stream cut off.',
    hint: 'Check that the base URL in the message is that of the interface, its path included.',
    retryable: true,
    exit: 1,
  },
  MODEL_REJECTED: {
    meaning:
      'The provider does not know the model, or the model cannot do what was asked of it (tools, structured output).',
    hint: 'Choose a model that the provider lists and that can call tools.',
    retryable: false,
    exit: 2,
  },
  CONTEXT_TOO_LONG: {
    meaning: 'The conversation is longer than the model takes.',
    hint: 'Choose a model with a longer context, or narrow the task or its sources.',
    retryable: false,
    exit: 1,
  },
  OUTPUT_INVALID: {
    meaning: 'A model did not give the answer in the form asked for, also when told what was wrong.',
    hint: 'It is retried by itself; if it keeps happening, choose a stronger model.',
    retryable: true,
    exit: 1,
  },
  BUDGET_EXHAUSTED: {
    meaning: 'The next call could have passed the cap, so it was not made.',
    hint: 'The report says what is missing; resume the workflow with a larger budget to go on.',
    retryable: false,
    exit: 1,
  },
  BUDGET_UNPRICED: {
    meaning: 'A cap in dollars cannot be kept: no price is known for a model that would be used.',
    hint: 'Give its price under `prices` in the configuration file, or cap tokens instead (max_tokens).',
    retryable: false,
    exit: 2,
  },
  CALL_INTERRUPTED: {
    meaning:
      'A call was under way when its process ended or its step was stopped; what it would have brought is not known, and neither, unless somebody counted, what it cost.',
    hint: 'Nothing need be done: where its outcome is still wanted, the call is made again.',
    retryable: true,
    exit: 1,
  },
  ADDRESS_REFUSED: {
    meaning:
      'A page is not fetched from this address, or no webhook sent to it: it is private, local, of a scheme other than http(s), or not on the allow-list.',
    hint: 'For hosts of your own network, name them in BELTALOWDA_FETCH_ALLOW.',
    retryable: false,
    exit: 1,
  },
  TOOL_UNAVAILABLE: {
    meaning: 'A tool that was asked for is not configured, or its server cannot be started or reached.',
    hint: 'See the message for what to set; `beltalowda doctor` lists the tools there are.',
    retryable: false,
    exit: 1,
  },
} as const satisfies Record<string, CatalogueEntry>;
