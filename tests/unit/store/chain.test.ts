import { describe, expect, test } from 'vitest';
import {
  dataHash,
  genesisHash,
  linkHash,
  newSalt,
  remainsHash,
  SEALED,
  sealedRow,
  sealHash,
  sealList,
  type SealedWorkflow,
  textHash,
} from '../../../src/store/chain.ts';

const SALT = '000102030405060708090a0b0c0d0e0f';
const WORKFLOW = Object.fromEntries(
  SEALED.workflows.columns.map((column, n) => [column, n % 3 === 0 ? null : n % 3 === 1 ? column : n]),
) as SealedWorkflow;
const LINK = { id: 7, seq: 2, event_type: 'agent_start', agent_id: null, timestamp: 't', data_hash: 'd' };
const TEXT = {
  sha256: 'a',
  format: 'text',
  codec: 'raw',
  body: Buffer.from('text'),
  layout: Buffer.from('{}'),
  characters: 4,
  created_at: 't',
  stored_by: 'wf',
};

/**
 * Databases hold these hashes. If one of them changes, every workflow ever stored reads as tampered with: a new way of
 * hashing needs a new name beside the old one, never a change of it.
 */
test('what is hashed, and how, never changes', () => {
  const list = sealList([sealedRow(SALT, 'claims', ['c1', 0, 'belter-1']), ['steps', 'plan', 'h']]);
  expect({
    submission: genesisHash(WORKFLOW, SALT),
    data: dataHash(SALT, '{"activity":"reading"}'),
    link: linkHash('previous', LINK, null),
    covering: linkHash('previous', LINK, 'seal'),
    list,
    seal: sealHash(list),
    remains: remainsHash(WORKFLOW),
    text: textHash(TEXT),
  }).toMatchInlineSnapshot(`
    {
      "covering": "6a63e49f59f06b254f46d011a92e5df32c31cfa53469747fd1f159e59c964b8c",
      "data": "c62924df633b47849d0c718cc3c635c792d7105405cb8b78667ba527c92c6f14",
      "link": "b08ae992f411bd560b3ad717c053ea56dcb772c90e2e9a35d538956710e5e1a3",
      "list": "[["claims","c1","aae6cb52f985c1cf6f7fe2cb276c775cd65149db4a4991dc19cd9fc6fccd26ce"],["steps","plan","h"]]",
      "remains": "da2f3bebc69998486125cf7b77927b8d0da82217b00dcdc6b7319a6ab58dad1e",
      "seal": "c45e06125e9e19761a1e439641ae8c9267236b265308ab23cfdba1e4e7695b30",
      "submission": "7f09d530b2e26c0e57ed5310b1f5f71aa89d44379adf9056a9691d38b0f1e3a9",
      "text": "a9525fc0b20e36aa4f2fe77d99cad9076ba5f117e6c580865354db252029c1e0",
    }
  `);
});

describe('no two different things hash alike', () => {
  const alike: readonly (readonly [what: string, one: string, other: string])[] = [
    ['a number and its text', dataHash(SALT, 1), dataHash(SALT, '1')],
    ['nothing and the empty text', dataHash(SALT, null), dataHash(SALT, '')],
    ['nothing and an infinite number', dataHash(SALT, null), dataHash(SALT, Infinity)],
    ['infinite numbers', dataHash(SALT, -Infinity), dataHash(SALT, Infinity)],
    ['a text and its bytes', dataHash(SALT, 'a'), dataHash(SALT, Buffer.from('a'))],
    ['one salt and another', dataHash(SALT, 'a'), dataHash(newSalt(), 'a')],
    ['a link and one that covers more', linkHash('p', LINK, null), linkHash('p', LINK, '')],
    [
      'values that stand in other columns',
      sealedRow(SALT, 'claims', ['a', 'bc'])[2],
      sealedRow(SALT, 'claims', ['ab', 'c'])[2],
    ],
    ['a row of another table', sealedRow(SALT, 'claims', ['a'])[2], sealedRow(SALT, 'passages', ['a'])[2]],
    ['text and layout', textHash(TEXT), textHash({ ...TEXT, body: TEXT.layout, layout: TEXT.body })],
    ['a text stored otherwise', textHash(TEXT), textHash({ ...TEXT, codec: 'brotli' })],
  ];
  test.each(alike)('%s', (_, one, other) => {
    expect(one).toMatch(/^[0-9a-f]{64}$/);
    expect(one).not.toBe(other);
  });
});

test('every link depends on each of its columns and on the one before', () => {
  const own = linkHash('previous', LINK, null);
  const changed = Object.keys(LINK).map((column) => linkHash('previous', { ...LINK, [column]: 'x' }, null));
  expect(new Set([own, linkHash('x', LINK, null), ...changed]).size).toBe(2 + changed.length);
});
