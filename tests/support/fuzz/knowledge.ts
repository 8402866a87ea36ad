/** What a visitor of the service knows: their own ids, those of others that they may have overheard, and what they make up. */

import type { Random } from '../random.ts';
import { oddText } from './junk.ts';
import { TENANTS, type TenantName, type Town } from './town.ts';

const NOBODY = 'wf_0000000000000000000000000z';
const MALFORMED = ['wf_', 'WF_0000000000000000000000000Z', 'wf_!', '.', '..', 'patterns', '%2e%2e', 'report.md'];
/** Of all that is asked for, so much is meant; the rest is only estimated, or about what is not there. */
const MEANT = 0.04;
const DOCUMENTS = ['report.md', 'report.html', '../report.md', 'REPORT.MD', ''];

export class Knowledge {
  readonly #random: Random;
  readonly #town: Town;
  readonly #who: TenantName;

  constructor(random: Random, town: Town, who: TenantName) {
    this.#random = random;
    this.#town = town;
    this.#who = who;
  }

  /** Undefined: whatever the schema takes. */
  field(name: string): unknown {
    const random = this.#random;
    const own = this.#town.tenants[this.#who];
    switch (name) {
      case 'task_id':
      case 'taskId':
      case 'id':
        return this.id();
      case 'webhook_id':
      case 'section':
        return this.#other();
      case 'cursor':
        return random.pick([...Object.values(this.#town.tenants).flatMap((tenant) => tenant.cursors), oddText(random)]);
      case 'url':
        return this.url();
      case 'webhook':
        return { url: this.url() };
      case 'source':
      case 'sources':
        return [random.pick([own.source, this.#town.root, `${this.#town.root}/../..`, '/etc/passwd', oddText(random)])];
      case 'task':
      case 'title':
      case 'context':
      case 'reason':
      case 'idempotency_key':
        return random.chance(0.3) ? `${own.canary} ${random.below(50)}` : undefined;
      case 'model':
        return random.pick(['extractive', 'none', 'vendor/none']);
      case 'since':
      case 'until':
        return random.pick(['2025-01-01', '2026-06-01T00:00:00Z', '2027-01-01', oddText(random)]);
      case 'wait_seconds':
        return random.pick([0, 0, 0, 1, 50]);
      default:
        return undefined;
    }
  }

  id(): string {
    const random = this.#random;
    const { tenants } = this.#town;
    const someone = tenants[random.pick(TENANTS)];
    const kind = random.next();
    if (kind < 0.3) return random.pick([tenants[this.#who].ended, tenants[this.#who].waiting]);
    if (kind < 0.7) return random.pick([someone.ended, someone.waiting]);
    return random.pick([NOBODY, ...MALFORMED, this.#other(), oddText(random)]);
  }

  /** A path of the table with its places filled. */
  path(template: string): string {
    const random = this.#random;
    const filled = template.replaceAll(/\{(\w+)\}/g, (_place, name: string) => {
      const value = name === 'id' ? this.#inPath() : random.pick(DOCUMENTS);
      return random.chance(0.9) ? encodeURIComponent(value.toWellFormed()) : encodeURI(value.toWellFormed());
    });
    return random.chance(0.03)
      ? `${filled}${random.pick(['/', '//', '/x', '%00', ';a=b', '/..', '/%2e%2e/'])}`
      : filled;
  }

  #inPath(): string {
    return this.#random.chance(0.7) ? this.id() : this.#other();
  }

  #other(): string {
    const random = this.#random;
    return random.pick([...this.#town.tenants[random.pick(TENANTS)].ids, oddText(random)]);
  }

  url(): string {
    const random = this.#random;
    const odd = [
      'http://169.254.169.254/',
      'http://localhost:1/',
      'ftp://a.example/',
      'https://user:pass@a.example/',
      oddText(random),
    ];
    return random.chance(0.2) ? `${this.#town.site.url}/${this.#who}/in` : random.pick(odd);
  }

  /** The same, so that only now and then something begins, goes on or ends. */
  cautious(tool: string, args: Record<string, unknown>): Record<string, unknown> {
    const random = this.#random;
    if (random.chance(MEANT)) return args;
    if (tool.endsWith('orchestrate_research')) return { ...args, dry_run: true };
    // About the one that has ended a resume begins another; of the one that waits nothing would be left to look at.
    return /resume|cancel/.test(tool) && args['task_id'] !== undefined
      ? { ...args, task_id: random.pick([NOBODY, this.#foreign()]) }
      : args;
  }

  #foreign(): string {
    const random = this.#random;
    const { ended, waiting } = this.#town.tenants[random.pick(TENANTS.filter((name) => name !== this.#who))];
    return random.pick([ended, waiting]);
  }
}
