/** openworkflow as shipped: see openworkflow.ts. Not among the contestants unless named. */

export { openPolling as open } from './openworkflow.ts';
