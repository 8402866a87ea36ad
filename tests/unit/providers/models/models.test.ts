import { expect, test } from 'vitest';
import { catalogue } from '../../../../src/providers/models/models.ts';
import { languageModels } from '../../../../src/providers/models/vendors/vendors.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

const of = (credentials: Readonly<Record<string, string>>) =>
  catalogue(languageModels({ credentials, clock: new FakeClock() }));

test('a model whose key is gone has no price here, so that its workflows can still be told of; it is not to be run', () => {
  const name = 'anthropic/claude-opus-5-5';
  expect(of({ ANTHROPIC_API_KEY: 'k' }).price(name)).not.toBeNull();
  expect(of({}).price(name)).toBeNull();
  expect(of({}).price('antropic/gone')).toBeNull();
  expect(() => of({}).check(name)).toThrow('ANTHROPIC_API_KEY is not set');
});
