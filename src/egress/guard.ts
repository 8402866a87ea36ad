/**
 * Which addresses may be reached. An address comes from a model, from a page or from a client that registers a webhook, so it may
 * be meant to reach what only this machine can: its own services, its network, the metadata of its cloud. Only public hosts on
 * ports of the web are let through; what the operator named in the allow-list is, too.
 */

import { lookup } from 'node:dns/promises';
import { isIP, type LookupFunction } from 'node:net';
import ipaddr, { type IPv4, type IPv6 } from 'ipaddr.js';
import { Fault } from '../core/errors.ts';

/** All addresses of a host name. */
export type Resolve = (host: string) => Promise<readonly { readonly address: string; readonly family: number }[]>;

interface Checked {
  readonly url: URL;
  /** On the allow-list: its addresses are the operator's business. */
  readonly allowed: boolean;
}

export interface Guard {
  /** Reads an address and refuses what is not to be reached. Throws ADDRESS_REFUSED. No name is resolved here. */
  check(address: string): Checked;
  /**
   * Resolves for the connection that is then made, so that what was checked is what is reached: a name that changes its
   * answer between a check and the connection gains nothing. One address that is not public refuses them all.
   */
  readonly lookup: LookupFunction;
}

const LONGEST = 4000;
/** Where the web is served. Anything else is more likely a mail server or a database that can be spoken to by accident. */
const PORTS: ReadonlySet<string> = new Set(['', '80', '443', '8000', '8008', '8080', '8443', '8888']);

/** Names that never leave this machine or its network, whatever a resolver says. */
const LOCAL_NAME = /(?:^|\.)(?:localhost|local|localdomain|internal|intranet|lan|home|corp|home\.arpa)$/u;

/**
 * @param allow hosts (`wiki.corp`, `10.0.0.5`, `fd00::1`) or hosts with a port (`wiki.corp:8090`, `[fd00::1]:8090`), in any
 *   spelling that an address has
 */
export function openGuard(allow: readonly string[], resolve: Resolve = everyAddress): Guard {
  const allowed = new Set(allow.map(inOrder));
  return {
    check: (address) => check(address, allowed),
    lookup: (host, options, answer) => {
      const told = async (): Promise<void> => {
        let found;
        try {
          found = publicOnly(host, await resolve(host));
        } catch (thrown) {
          answer(thrown instanceof Error ? thrown : new Error(String(thrown)), '');
          return;
        }
        if (options.all === true) answer(null, [...found]);
        else answer(null, found[0]?.address ?? '', found[0]?.family);
      };
      void told();
    },
  };
}

/** An entry as `check` spells what it compares: names in ASCII and small letters, numbers of addresses in their short form. */
function inOrder(entry: string): string {
  const written = entry.trim();
  const [, named = '', port = ''] =
    isIP(written) === 6 ? [written, `[${written}]`] : (/^([^/\\?#@]*?)(:\d{1,5})?$/u.exec(written) ?? []);
  // What is no host matches none.
  return URL.canParse(`http://${named}/`) ? `${hostOf(new URL(`http://${named}/`))}${port}` : entry;
}

function everyAddress(host: string): ReturnType<Resolve> {
  return lookup(host, { all: true, verbatim: true });
}

function check(address: string, allowed: ReadonlySet<string>): Checked {
  const text = address.trim();
  const shown = text.length > 200 ? `${text.slice(0, 199)}…` : text;
  if (text.length > LONGEST) throw refused(shown, `it is longer than ${LONGEST} characters`);
  if (!URL.canParse(text)) throw refused(shown, 'it is no complete address with https:// or http://');
  const url = new URL(text);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') throw refused(shown, 'only http and https are reached');
  if (url.username !== '' || url.password !== '') throw refused(url.host, 'an address with a user name or password');
  url.hash = '';
  const host = hostOf(url);
  const port = url.port === '' ? (url.protocol === 'https:' ? '443' : '80') : url.port;
  if (allowed.has(`${host}:${port}`) || allowed.has(`${url.hostname}:${port}`)) return { url, allowed: true };
  if (!PORTS.has(url.port)) throw refused(shown, `port ${url.port} is none that the web is served at`);
  if (allowed.has(host) || allowed.has(url.hostname)) return { url, allowed: true };
  if (LOCAL_NAME.test(host)) throw refused(shown, 'the name is local');
  const kind = isIP(host) === 0 ? null : kindOf(host);
  if (kind !== null) throw refused(shown, kind);
  return { url, allowed: false };
}

/** The host without the brackets of IPv6 and without the dot that ends a complete name. The URL has put every spelling of a number in order. */
function hostOf(url: URL): string {
  return url.hostname.replace(/^\[(.*)\]$/u, '$1').replace(/\.$/u, '');
}

function publicOnly(host: string, found: Awaited<ReturnType<Resolve>>): Awaited<ReturnType<Resolve>> {
  for (const { address } of found) {
    const kind = kindOf(address);
    // The address itself is not told: who asked may be a page that wants to know the network.
    if (kind !== null) throw refused(host, `its name leads to what is no public address (${kind})`);
  }
  if (found.length === 0) throw refused(host, 'its name has no address');
  return found;
}

function refused(shown: string, why: string): Fault {
  return new Fault('ADDRESS_REFUSED', `${shown} is refused: ${why}`);
}

const WORDS: Readonly<Record<string, string>> = {
  private: 'a private address',
  uniqueLocal: 'a private address',
  carrierGradeNat: 'a private address',
  loopback: 'an address of this machine',
  unspecified: 'an address of this machine',
  linkLocal: 'a link-local address, where clouds keep their metadata',
  multicast: 'a multicast address',
  broadcast: 'a broadcast address',
};

/** The services of a cloud's host under an address that looks public. */
const METADATA: ReadonlySet<string> = new Set(['168.63.129.16']);

/** What kind of address it is where it is none of the public internet, in words; null where it is. */
function kindOf(address: string): string | null {
  // A zone (`fe80::1%eth0`) names an interface of this machine.
  const ip = address.includes('%') ? null : parsed(address);
  if (ip === null) return 'no address that can be read';
  return isV4(ip) ? kindOfV4(ip) : kindOfV6(ip);
}

function parsed(address: string): IPv4 | IPv6 | null {
  return isIP(address) === 0 ? null : ipaddr.parse(address);
}

function isV4(ip: IPv4 | IPv6): ip is IPv4 {
  return ip.kind() === 'ipv4';
}

function kindOfV4(ip: IPv4): string | null {
  if (METADATA.has(ip.toString())) return 'the metadata service of a cloud';
  const range = ip.range();
  return range === 'unicast' ? null : (WORDS[range] ?? 'a reserved address');
}

/** Global unicast is 2000::/3; all else is local, reserved, or an older form that carries an IPv4 address. */
function kindOfV6(ip: IPv6): string | null {
  const within = embedded(ip);
  if (within !== null) return kindOfV4(within);
  const range = ip.range();
  const [first = 0] = ip.parts;
  if (range === 'unicast') return first >> 13 === 1 ? null : 'a reserved address';
  return WORDS[range] ?? 'a reserved address';
}

/**
 * The IPv4 address that is reached through this one: mapped, compatible (`::7f00:1`), translated (NAT64, the only way to IPv4
 * in networks that have none) or tunnelled (6to4). Null where none is.
 */
function embedded(ip: IPv6): IPv4 | null {
  const [a = 0, b = 0, c = 0] = ip.parts;
  const zeroes = (from: number, to: number): boolean => ip.parts.slice(from, to).every((part) => part === 0);
  const last = ip.parts.slice(6);
  if (zeroes(0, 6) && ip.range() === 'unicast') return v4(last);
  if (zeroes(0, 5) && ip.parts[5] === 0xffff) return v4(last);
  if (zeroes(0, 4) && ip.parts[4] === 0xffff && ip.parts[5] === 0) return v4(last);
  if (a === 0x64 && b === 0xff9b && zeroes(2, 6)) return v4(last);
  return a === 0x2002 ? v4([b, c]) : null;
}

function v4(parts: readonly number[]): IPv4 {
  const bytes = parts.flatMap((part) => [part >> 8, part & 0xff]);
  return ipaddr.parse(bytes.join('.')) as IPv4;
}
