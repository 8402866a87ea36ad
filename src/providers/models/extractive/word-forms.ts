/** Forms of one word that stemming does not join: irregular verbs, and measures asked by adjective and told by noun. */

import { stems } from '../../../core/words.ts';
import type { Alias } from './aliases.ts';

const FORMS = `
begin began begun; break broke broken; bring brought; build built; buy bought; choose chose chosen; cost costs;
draw drew drawn; fall fell fallen; find found; fly flew flown; freeze froze frozen; grow grew grown;
hold held; keep kept; lead led; leave left; lose lost; make made; mean meant; pay paid; rise rose risen;
run ran; sell sold; send sent; speak spoke spoken; spend spent; teach taught; think thought; win won;
write wrote written writer; tall height high; deep depth; wide width; long length; heavy weight; old age; fast speed;
far distance; die died dead death; born birth; store stored storage; fail failure; recover recovery
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
