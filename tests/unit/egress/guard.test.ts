import { describe, expect, it } from 'vitest';
import { openGuard, type Guard } from '../../../src/egress/egress.ts';

const guard = openGuard([]);

function refusal(address: string, by: Guard = guard): string | null {
  try {
    by.check(address);
    return null;
  } catch (error) {
    return String(error);
  }
}

/** What a connection to the host would get, as `net.connect` asks. */
function looked(by: Guard, host: string, all = true): Promise<unknown> {
  return new Promise((resolve) => {
    by.lookup(host, { all }, (error, found, family) => resolve(error ?? (all ? found : { found, family })));
  });
}

function resolving(...answers: readonly (readonly string[])[]): Guard {
  let asked = 0;
  return openGuard([], async () => {
    const found = answers[Math.min(asked, answers.length - 1)] ?? [];
    asked += 1;
    return found.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
  });
}

describe('the guard', () => {
  it.each([
    ['dotted', 'http://127.0.0.1/'],
    ['another loopback', 'http://127.9.9.9/'],
    ['decimal', 'http://2130706433/'],
    ['hexadecimal', 'http://0x7f000001/'],
    ['hexadecimal in parts', 'http://0x7f.0x0.0x0.0x1/'],
    ['octal', 'http://0177.0.0.01/'],
    ['octal whole', 'http://017700000001/'],
    ['short', 'http://127.1/'],
    ['shorter', 'http://0/'],
    ['unspecified', 'http://0.0.0.0/'],
    ['full-width digits', 'http://１２７.０.０.１/'],
    ['circled digits', 'http://①②⑦.⓪.⓪.①/'],
    ['percent signs', 'http://%31%32%37.0.0.1/'],
    ['a dot at the end', 'http://127.0.0.1./'],
    ['10/8', 'https://10.1.2.3/'],
    ['172.16/12', 'https://172.31.255.255/'],
    ['192.168/16', 'https://192.168.0.1/'],
    ['carrier-grade NAT', 'https://100.100.100.200/'],
    ['metadata', 'http://169.254.169.254/latest/meta-data/'],
    ['metadata, decimal', 'http://2852039166/'],
    ['metadata that looks public', 'http://168.63.129.16/'],
    ['multicast', 'http://224.0.0.1/'],
    ['broadcast', 'http://255.255.255.255/'],
    ['documentation', 'http://192.0.2.1/'],
    ['benchmarks', 'http://198.18.0.1/'],
    ['IPv6 loopback', 'http://[::1]/'],
    ['IPv6 loopback, long', 'http://[0:0:0:0:0:0:0:1]/'],
    ['IPv6 unspecified', 'http://[::]/'],
    ['mapped, dotted', 'http://[::ffff:127.0.0.1]/'],
    ['mapped, hexadecimal', 'http://[::ffff:7f00:1]/'],
    ['compatible', 'http://[::7f00:1]/'],
    ['compatible, private', 'http://[::10.0.0.1]/'],
    ['translated', 'http://[::ffff:0:127.0.0.1]/'],
    ['NAT64 of private', 'http://[64:ff9b::10.0.0.1]/'],
    ['local NAT64', 'http://[64:ff9b:1::8.8.8.8]/'],
    ['6to4 of loopback', 'http://[2002:7f00:1::]/'],
    ['6to4 of private', 'http://[2002:c0a8:101::1]/'],
    ['Teredo', 'http://[2001:0:4136:e378:8000:63bf:3fff:fdd2]/'],
    ['unique local', 'http://[fd00:ec2::254]/'],
    ['link-local', 'http://[fe80::1]/'],
    ['site-local', 'http://[fec0::1]/'],
    ['IPv6 multicast', 'http://[ff02::1]/'],
    ['IPv6 documentation', 'http://[2001:db8::1]/'],
    ['localhost', 'http://localhost/'],
    ['localhost with a dot', 'http://LOCALHOST./'],
    ['below localhost', 'http://a.localhost/'],
    ['.local', 'http://printer.local/'],
    ['metadata by name', 'http://metadata.google.internal/'],
    ['file', 'file:///etc/passwd'],
    ['ftp', 'ftp://example.org/'],
    ['data', 'data:text/html,hi'],
    ['javascript', 'javascript:alert(1)'],
    ['user and password', 'https://user:secret@example.org/'],
    ['a user that looks like a host', 'https://example.org@127.0.0.1/'],
    ['a mail port', 'http://example.org:25/'],
    ['a database port', 'http://example.org:6379/'],
    ['no address', 'example.org'],
    ['nothing', ''],
    ['too long', `https://example.org/${'a'.repeat(4000)}`],
  ])('refuses %s', (_what, address) => {
    expect(refusal(address)).toMatch(/is refused/);
  });

  it.each([
    'https://example.org/a?b=c',
    'http://8.8.8.8/',
    'https://[2606:4700:4700::1111]/',
    'http://[64:ff9b::8.8.8.8]/',
    'https://example.org:8443/',
    'https://bücher.example/',
  ])('lets %s through', (address) => {
    expect(refusal(address)).toBeNull();
  });

  it('does not repeat a password in its refusal', () => {
    expect(refusal('https://user:secret@example.org/')).not.toContain('secret');
  });

  it('knows hosts of the allow-list, each with the ports it was named with', () => {
    const own = openGuard(['wiki.corp', '10.0.0.5:9000', '[fd00::1]:9000']);
    expect(own.check('http://wiki.corp/x').allowed).toBe(true);
    expect(own.check('http://WIKI.corp:8080/x').allowed).toBe(true);
    expect(own.check('http://10.0.0.5:9000/').allowed).toBe(true);
    expect(own.check('http://[fd00::1]:9000/').allowed).toBe(true);
    expect(refusal('http://wiki.corp:9000/', own)).toContain('port 9000');
    expect(refusal('http://10.0.0.5/', own)).toContain('private');
    expect(refusal('http://other.corp/', own)).toContain('local');
    expect(own.check('https://example.org/').allowed).toBe(false);
  });

  it.each([
    ['bücher.corp', 'http://bücher.corp/'],
    ['BÜCHER.corp:9000', 'http://xn--bcher-kva.corp:9000/'],
    ['wiki.corp.', 'http://wiki.corp/'],
    ['wiki.corp:80', 'http://wiki.corp/'],
    ['FD00:0::0001', 'http://[fd00::1]/'],
    ['[FD00:0::1]', 'http://[fd00::1]/'],
    ['[fd00:0:0::1]:9000', 'http://[fd00::1]:9000/'],
    ['10.0.5', 'http://10.0.0.5/'],
  ])('knows %s in whatever spelling: %s', (entry, address) => {
    expect(openGuard([entry]).check(address).allowed).toBe(true);
  });

  it.each([
    ['http://wiki.corp', 'http://wiki.corp/'],
    ['10.0.0.0/8', 'http://10.0.0.0/'],
    ['x@wiki.corp', 'http://wiki.corp/'],
    ['*.wiki.corp', 'http://a.wiki.corp/'],
  ])('lets nothing through for %s, which is no host', (entry, address) => {
    expect(refusal(address, openGuard([entry]))).toContain('is refused');
  });

  it('refuses a name as soon as one of its addresses is not public, and does not tell which', async () => {
    const error = await looked(resolving(['93.184.216.34', '10.0.0.7']), 'mixed.example');
    expect(String(error)).toMatch(/ADDRESS_REFUSED|is refused/);
    expect(String(error)).not.toContain('10.0.0.7');
    expect(String(await looked(resolving(['::ffff:169.254.169.254']), 'm.example'))).toContain('is refused');
    expect(String(await looked(resolving(['fe80::1%eth0']), 'zone.example'))).toContain('is refused');
    expect(String(await looked(resolving([]), 'empty.example'))).toContain('has no address');
  });

  it('checks at each look-up: a name that was public once may not be the next time', async () => {
    const rebinding = resolving(['93.184.216.34'], ['127.0.0.1']);
    expect(await looked(rebinding, 'rebind.example')).toEqual([{ address: '93.184.216.34', family: 4 }]);
    expect(String(await looked(rebinding, 'rebind.example'))).toContain('is refused');
  });

  it('answers in both forms that a connection asks in, and passes on that there is no such host', async () => {
    expect(await looked(resolving(['2606:4700:4700::1111']), 'six.example', false)).toEqual({
      found: '2606:4700:4700::1111',
      family: 6,
    });
    const nowhere = openGuard([], () => Promise.reject(new Error('ENOTFOUND')));
    expect(String(await looked(nowhere, 'nowhere.example'))).toContain('ENOTFOUND');
  });
});
