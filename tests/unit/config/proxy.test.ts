import { describe, expect, it } from 'vitest';
import { readConfig } from '../../../src/config.ts';
import { readProxy } from '../../../src/config/proxy.ts';

const NONE = { http: null, https: null, except: '' };

describe('the proxy of the environment', () => {
  it.each([
    [{}, NONE],
    [
      { HTTP_PROXY: ' ', https_proxy: '', NO_PROXY: ' a.example ' },
      { ...NONE, except: 'a.example' },
    ],
    [{ HTTP_PROXY: 'http://proxy.corp:3128' }, { ...NONE, http: 'http://proxy.corp:3128/' }],
    [{ HTTPS_PROXY: 'proxy.corp:3128' }, { ...NONE, https: 'http://proxy.corp:3128/' }],
    [{ HTTPS_PROXY: 'HTTPS://a:b@c.corp' }, { ...NONE, https: 'https://a:b@c.corp/' }],
    [
      { HTTPS_PROXY: 'http://large.corp', https_proxy: 'http://small.corp' },
      { ...NONE, https: 'http://small.corp/' },
    ],
    [
      { HTTP_PROXY: 'http://large.corp', http_proxy: '' },
      { ...NONE, http: 'http://large.corp/' },
    ],
    [
      { NO_PROXY: 'large', no_proxy: 'small' },
      { ...NONE, except: 'small' },
    ],
  ])('of %j is %j', (env, proxy) => {
    expect(readProxy(env)).toEqual({ proxy, warnings: [] });
  });

  it.each(['socks5://sesame.corp', 'http://', 'http://sesame%@c.corp', 'http://a:%ff@c.corp', 'sesame corp'])(
    '%j is not used, which is told without it',
    (address) => {
      const { proxy, warnings } = readProxy({ https_proxy: address });
      expect(proxy).toEqual(NONE);
      expect(warnings).toEqual(['HTTPS_PROXY is no http or https address of a proxy and is not used.']);
    },
  );

  it('is no setting that is shown', () => {
    const env = {
      BELTALOWDA_HOME: '/where/nothing/is',
      HTTPS_PROXY: 'http://bob:sesame@c.corp',
      HTTP_PROXY: 'ftp://d',
    };
    const { proxy, origins, warnings } = readConfig({ env, flags: {}, cwd: '/cwd' });
    expect(proxy.https).toBe('http://bob:sesame@c.corp/');
    expect(JSON.stringify(origins)).not.toContain('sesame');
    expect(warnings).toEqual(['HTTP_PROXY is no http or https address of a proxy and is not used.']);
  });
});
