/** A process that changes a file of tokens and says how that went, for tests of users to whom the file does not belong. */

import process from 'node:process';
import { Fault } from '../../../../src/core/errors.ts';
import { changeTokens } from '../../../../src/server/access/token-list.ts';

const [, , file = ''] = process.argv;

const said = await changeTokens(file, () => []).then(
  () => 'changed',
  (thrown: unknown) => (thrown instanceof Fault ? `${thrown.code}: ${thrown.message}` : String(thrown)),
);
process.stdout.write(said);
