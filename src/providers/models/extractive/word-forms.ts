/**
 * Words that stemming does not join and an asker and an author use for one thing: irregular verbs, measures asked by
 * adjective and told by noun, everyday synonyms. Only words that mean the same in most texts: `charge` is no price here.
 */

import { stems } from '../../../core/words.ts';
import type { Alias } from './aliases.ts';

const FORMS = `
begin began begun; break broke broken; bring brought; build built; buy bought; choose chose chosen; cost costs;
draw drew drawn; fall fell fallen; find found; fly flew flown; freeze froze frozen; grow grew grown;
hold held; keep kept; lead led; leave left; lose lost; make made; mean meant; pay paid; rise rose risen;
run ran; sell sold; send sent; speak spoke spoken; spend spent; teach taught; think thought; win won;
write wrote written writer; tall height high; deep depth; wide width; long length; heavy weight weigh; old age;
fast quick quickly rapid speed; far distance; die died dead death; born birth; store stored storage; fail failure;
recover recovery; arrive arrival; depart departure leave; deliver delivery; refuse refusal; compress compression;
lorry truck; boat ship vessel; car automobile; livestock cattle; city town; plane aircraft;
price cost fee; buy purchase; repair fix mend; biggest largest maximum most; smallest least minimum;
late delay delayed; cancel cancellation; answer reply respond response react; outage downtime;
problem fault issue error; delete remove erase; stop halt; start begin; forbid prohibit ban; warranty guarantee;
salary pay wage; staff employee personnel; customer client; holiday vacation; refund reimburse repay; doctor physician;
keep retain retention; replace exchange swap; check inspect inspection; explosive explode; safe safety;
hot heat temperature; cold temperature; warm temperature; house home; job work;
ill sick illness; big large; small little; broken defective; wrong incorrect; begin commence; phone telephone;
garbage waste rubbish; petrol gasoline fuel; ask request;
need require requirement; choose select selection pick; change alter modify; decrease reduce reduction lower; finish end;
bill invoice; hire recruit; lawyer attorney; trip journey voyage; shut close closed
`;

const GROUPS: readonly (readonly string[])[] = FORMS.split(';').map((line) => [...new Set(stems(line))]);

/** Pairs that join the question's words with their other forms; only those, so that scoring stays cheap. */
export function wordForms(question: string): readonly Alias[] {
  const asked = new Set(stems(question));
  return GROUPS.flatMap((group) => {
    const own = group.filter((stem) => asked.has(stem));
    return own.flatMap((short) => group.filter((stem) => stem !== short).map((stem) => ({ short, long: [stem] })));
  });
}
