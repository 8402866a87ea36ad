/** How deep the elements of a page lie within each other, told from its tags alone. */

const DEEP = 250;

/** Elements whose end is written. Those it may be left out of (`<p>`, `<li>`) would make every old page deep. */
const CONTAINERS =
  /<(\/?)(?:div|span|section|article|main|aside|header|footer|nav|figure|blockquote|table|tbody|ul|ol|dl|a|b|i|u|em|strong|font|center|big|small|sub|sup|details|fieldset|form|pre|code)(?=[\s>/])/giu;

/** Whether taking the page apart would cost the cube of its depth: a thousand levels, which nobody writes by hand, take minutes. */
export function isDeep(html: string): boolean {
  let depth = 0;
  for (const [, closes] of html.matchAll(CONTAINERS)) {
    depth = closes === '/' ? Math.max(0, depth - 1) : depth + 1;
    if (depth > DEEP) return true;
  }
  return false;
}
