import { Validator } from '@seriousme/openapi-schema-validator';
import { expect, it } from 'vitest';
import { type Access, loopback } from '../../../../src/server/http/access.ts';
import { openApi } from '../../../../src/server/http/openapi.ts';
import { ROUTE_GROUPS } from '../../../../src/server/http/routes.ts';
import { members } from '../../../../src/server/mcp/members.ts';
import { as, ask, byName, servedHttp } from '../../../support/http-service.ts';
import { ScriptedOrchestrator } from '../mcp/scripted.ts';

it.each([
  ['without access control', loopback],
  ['with access control', byName],
])('is OpenAPI 3.1 %s', async (_what, access) => {
  const { url } = await servedHttp(new ScriptedOrchestrator(), { access });
  const { status, body } = await ask(`${url}/openapi.json`);
  expect(status).toBe(200);
  const found = await new Validator().validate({ ...body });
  expect(found).toMatchObject({ valid: true });
  const broken = await new Validator().validate({ ...body, paths: { workflows: {} } });
  expect(broken.valid).toBe(false);
});

it('describes every route, each under an id of its own, with its parameters and its scope', () => {
  const document = openApi({ version: '1', groups: ROUTE_GROUPS, access: byName });
  const routes = ROUTE_GROUPS.flatMap((group) => group.routes);
  const ids = routes.map(({ method, path, scope, query }) => {
    const operation = members(members(members(document['paths'])[path])[method.toLowerCase()]);
    const parameters = operation['parameters'] as readonly { readonly name: string; readonly in: string }[];
    const named = parameters.filter((one) => one.in === 'path').map(({ name }) => `{${name}}`);
    expect(named).toEqual(path.match(/\{\w+\}/g) ?? []);
    const asked = parameters.filter((one) => one.in === 'query').map(({ name }) => name);
    expect(asked).toEqual(Object.keys(query?.shape ?? {}));
    expect(operation['security']).toEqual(scope === null ? [] : [{ bearer: [] }]);
    return operation['operationId'];
  });
  expect(new Set(ids).size).toBe(routes.length);
});

it('is made once, however often it is asked for', async () => {
  let made = 0;
  const access: Access = {
    ...byName,
    get configured() {
      made += 1;
      return true;
    },
  };
  const { url } = await servedHttp(new ScriptedOrchestrator(), { access });
  const first = await ask(`${url}/openapi.json`);
  const reads = made;
  const second = await ask(`${url}/openapi.json`);
  expect(second.body).toEqual(first.body);
  expect([reads > 1, made]).toEqual([true, reads]);
});

it.each(
  ROUTE_GROUPS.flatMap((group) => group.routes)
    .filter(({ path }) => path !== '/mcp')
    .map(({ method, path }) => [method, path] as const),
)('what a query names that is not described is refused: %s %s', async (method, path) => {
  const { url } = await servedHttp(new ScriptedOrchestrator(), { access: byName });
  const headers = { ...as('me'), 'Content-Type': 'application/json' };
  const at = path.replaceAll(/\{\w+\}/g, 'any');
  const { status, body } = await ask(`${url}${at}?x=1`, { method, headers });
  expect([status, body['detail']]).toEqual([400, expect.stringContaining('unknown argument "x"')]);
});
