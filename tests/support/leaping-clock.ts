/**
 * Preloaded into a process: its clock is wrong by CLOCK_OFF_MS, and by CLOCK_LEAP_MS more from CLOCK_LEAP_AFTER_MS on after
 * its start. Timers go by the time that really passes, as on a machine whose clock is set.
 */

import process from 'node:process';

const asked = (name: string): number => Number(process.env[name] ?? 0);
const off = asked('CLOCK_OFF_MS');
const leap = asked('CLOCK_LEAP_MS');
const after = asked('CLOCK_LEAP_AFTER_MS');
const right = Date.now.bind(Date);
const began = performance.now();

Date.now = () => right() + off + (performance.now() - began >= after ? leap : 0);
