/** Which parts of a page are its content, and which are the frame around it. */

import type { DefaultTreeAdapterTypes } from 'parse5';

export type HtmlNode = DefaultTreeAdapterTypes.ChildNode | DefaultTreeAdapterTypes.ParentNode;
export type HtmlElement = DefaultTreeAdapterTypes.Element;

const DROPPED = new Set(
  (
    'script style noscript template nav aside form button select textarea input svg math iframe object embed canvas ' +
    'dialog audio video map head title'
  ).split(' '),
);

const FRAME_ROLES = new Set([
  'navigation',
  'banner',
  'contentinfo',
  'complementary',
  'search',
  'dialog',
  'menu',
  'menubar',
]);

/** Class and id words that name boilerplate on nearly every site. Whole words only: `menu`, not `menuscript`. */
const FRAME_WORDS =
  /(?:^|[\s_-])(?:cookies?|consent|breadcrumbs?|sidebar|navbar|navigation|advert|advertisement|ads|sharing|share-buttons|social-links|newsletter|subscribe|skip-link|sr-only|visually-hidden|popup|modal)(?:$|[\s_-])/iu;

export function isElement(node: HtmlNode): node is HtmlElement {
  return 'tagName' in node;
}

export function attribute(element: HtmlElement, name: string): string | null {
  return element.attrs.find((attr) => attr.name === name)?.value ?? null;
}

/** Whether an element is the page's frame, or not shown at all. `inContent`: inside the main element or an article. */
export function isFrame(element: HtmlElement, inContent: boolean): boolean {
  const { tagName } = element;
  if (DROPPED.has(tagName)) return true;
  if (!inContent && (tagName === 'header' || tagName === 'footer')) return true;
  if (attribute(element, 'hidden') !== null || attribute(element, 'aria-hidden') === 'true') return true;
  if (FRAME_ROLES.has(attribute(element, 'role') ?? '')) return true;
  if (/display\s*:\s*none|visibility\s*:\s*hidden/iu.test(attribute(element, 'style') ?? '')) return true;
  if (tagName === 'body' || tagName === 'main' || tagName === 'article' || tagName === 'html') return false;
  return FRAME_WORDS.test(`${attribute(element, 'class') ?? ''} ${attribute(element, 'id') ?? ''}`);
}

/** Share of the page's text a main element must hold to be taken for the content. */
const MAIN_SHARE = 0.25;

/** The element that holds the content: `<main>`, the only `<article>`, else the body. Needs no call stack. */
export function contentRoot(document: HtmlNode): HtmlNode {
  const body = firstElement(document, (element) => element.tagName === 'body') ?? document;
  const main = firstElement(body, (element) => element.tagName === 'main' || attribute(element, 'role') === 'main');
  const articles = elementsOf(body, (element) => element.tagName === 'article');
  const candidate = main ?? (articles.length === 1 ? articles[0] : undefined);
  if (candidate === undefined) return body;
  return textLength(candidate) >= MAIN_SHARE * textLength(body) ? candidate : body;
}

/** Every node below `root`, in document order. */
function* nodesBelow(root: HtmlNode): Generator<HtmlNode> {
  const stack: HtmlNode[] = [root];
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    yield node;
    if (!('childNodes' in node)) continue;
    for (let index = node.childNodes.length - 1; index >= 0; index -= 1) {
      const child = node.childNodes[index];
      if (child !== undefined) stack.push(child);
    }
  }
}

export function elementsOf(root: HtmlNode, wanted: (element: HtmlElement) => boolean): HtmlElement[] {
  return [...nodesBelow(root)].filter((node): node is HtmlElement => isElement(node) && wanted(node));
}

export function firstElement(root: HtmlNode, wanted: (element: HtmlElement) => boolean): HtmlElement | undefined {
  for (const node of nodesBelow(root)) if (isElement(node) && wanted(node)) return node;
  return undefined;
}

/** All text below a node, spaces put in order. */
export function textOf(root: HtmlNode): string {
  let out = '';
  for (const node of nodesBelow(root)) if (node.nodeName === '#text' && 'value' in node) out += node.value;
  return out.replaceAll(/\s+/gu, ' ').trim();
}

function textLength(root: HtmlNode): number {
  let length = 0;
  for (const node of nodesBelow(root)) {
    if (node.nodeName === '#text' && 'value' in node && !isHiddenText(node)) length += node.value.trim().length;
  }
  return length;
}

function isHiddenText(node: DefaultTreeAdapterTypes.TextNode): boolean {
  const parent = node.parentNode;
  return parent !== null && isElement(parent) && DROPPED.has(parent.tagName);
}
