/**
 * Which hosts the service answers for, and whose web pages may ask it. A page on the web can make a browser on this
 * machine send requests here, under a name that it resolves to this machine: the name and the page's origin give it away.
 */

/** By these a service on loopback is reached, with any port. */
const LOOPBACK_NAMES: readonly string[] = ['localhost', '127.0.0.1', '[::1]'];

export interface Addressed {
  /** Where the service listens. */
  readonly host: string;
  /** Names it answers for besides, with a port or for every port. */
  readonly allowed_hosts: readonly string[];
  /** Origins whose pages may send requests: `https://app.example`. */
  readonly allowed_origins: readonly string[];
  /** Origins whose pages may also read the answers. */
  readonly cors_origins: readonly string[];
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(host);
}

export class Origins {
  readonly #hosts: ReadonlySet<string>;
  readonly #origins: ReadonlySet<string>;
  readonly #shared: ReadonlySet<string>;

  constructor({ host, allowed_hosts, allowed_origins, cors_origins }: Addressed) {
    const bound = host.includes(':') ? `[${host}]` : host;
    this.#hosts = new Set([...LOOPBACK_NAMES, bound, ...allowed_hosts].map((name) => bracketed(name.toLowerCase())));
    this.#shared = new Set(cors_origins.map(normal));
    this.#origins = new Set([...allowed_origins.map(normal), ...this.#shared]);
  }

  /** Whether the header Host names this service. */
  takesHost(header: string | undefined): boolean {
    if (header === undefined) return false;
    const host = header.toLowerCase();
    return this.#hosts.has(host) || this.#hosts.has(withoutPort(host));
  }

  /** Whether a request with this Origin may be answered; one without comes from no page. */
  takesOrigin(header: string | null): boolean {
    if (header === null) return true;
    if (header === 'null') return false;
    const origin = normal(header);
    return this.#origins.has(origin) || this.takesHost(hostOf(origin));
  }

  /** Whether a page of this origin may read the answer. */
  shares(header: string | null): boolean {
    return header !== null && this.#shared.has(normal(header));
  }
}

function withoutPort(host: string): string {
  return host.replace(/:\d{1,5}$/, '');
}

/** An IPv6 address as the header Host writes it. */
function bracketed(host: string): string {
  return /^[0-9a-f:.]*:[0-9a-f:.]*:[0-9a-f:.]*$/.test(host) ? `[${host}]` : host;
}

/** Scheme, host and port in the one way browsers write them. */
function normal(origin: string): string {
  return URL.canParse(origin) ? new URL(origin).origin : origin;
}

function hostOf(origin: string): string | undefined {
  return /^https?:\/\//.test(origin) && URL.canParse(origin) ? new URL(origin).host : undefined;
}
