/** Which parser a file needs, by its name and, where the name says nothing, by how it begins. */

import type { SourceFormat } from '../../../core/source.ts';

const EXTENSIONS: Readonly<Record<SourceFormat, string>> = {
  markdown: 'md markdown mdx mdown mkd qmd rmd',
  text: 'txt text log rst org tex adoc asciidoc nfo srt vtt eml',
  html: 'html htm xhtml',
  pdf: 'pdf',
  docx: 'docx',
  csv: 'csv tsv',
  json: 'json jsonl ndjson geojson ipynb jsonc json5',
  code:
    'ts tsx mts cts js jsx mjs cjs py pyi rb go rs c h cc cpp cxx hpp hh cs java kt kts scala swift m mm php pl pm lua ' +
    'r jl ex exs erl hrl hs ml mli clj cljs lisp el vim sh bash zsh fish ps1 bat cmd sql graphql gql proto thrift ' +
    'yaml yml toml ini cfg conf properties xml xsd xsl css scss less vue svelte tf hcl nix cmake gradle groovy dart ' +
    'zig nim v sv vhd asm s f f90 pas ada cob sol wat diff patch',
};

/** Formats that hold text we cannot read, and what the user can do about it. */
const UNREAD: Readonly<Record<string, string>> = {
  doc: 'old Word format: save it as .docx or PDF',
  rtf: 'RTF is not read: save it as .docx or PDF',
  odt: 'OpenDocument is not read: save it as .docx or PDF',
  pages: 'Pages documents are not read: export as .docx or PDF',
  ppt: 'slides are not read: export as PDF',
  pptx: 'slides are not read: export as PDF',
  odp: 'slides are not read: export as PDF',
  key: 'slides are not read: export as PDF',
  xls: 'spreadsheets are not read: export as CSV',
  xlsx: 'spreadsheets are not read: export as CSV',
  ods: 'spreadsheets are not read: export as CSV',
  epub: 'EPUB is not read: convert it to HTML or PDF',
  mobi: 'MOBI is not read: convert it to HTML or PDF',
};

/** Extensions never opened: reading a thousand photographs to find that they are no text helps nobody. */
const BINARY = new Set(
  (
    'png jpg jpeg gif webp avif bmp tif tiff ico icns svg heic psd ai eps raw mp3 m4a wav flac ogg opus aac mp4 m4v mov ' +
    'avi mkv webm wmv zip gz tgz bz2 xz zst 7z rar tar jar war iso dmg pkg deb rpm exe dll so dylib a o obj lib class ' +
    'pyc pyo wasm bin dat db sqlite sqlite3 mdb parquet arrow feather avro orc npy npz pkl h5 pt onnx gguf safetensors ' +
    'woff woff2 ttf otf eot map lock swp db-wal db-shm'
  ).split(' '),
);

const CODE_NAMES = new Set([
  'makefile',
  'dockerfile',
  'containerfile',
  'cmakelists.txt',
  'jenkinsfile',
  'gemfile',
  'rakefile',
  'procfile',
]);

const BY_EXTENSION = new Map<string, SourceFormat>(
  (Object.keys(EXTENSIONS) as SourceFormat[]).flatMap((format) =>
    EXTENSIONS[format].split(' ').map((extension): [string, SourceFormat] => [extension, format]),
  ),
);

/** Formats that are text as they lie there; the others are taken apart by their own parser. */
export type TextFormat = Exclude<SourceFormat, 'pdf' | 'docx'>;

export type Recognised =
  | { readonly kind: 'format'; readonly format: SourceFormat }
  | { readonly kind: 'unknown' }
  /** Not worth opening; counted by extension. */
  | { readonly kind: 'binary'; readonly extension: string }
  | { readonly kind: 'unread'; readonly reason: string };

/** Lower-case extension of a file name, without its dot; empty when there is none. */
export function extensionOf(name: string): string {
  const dot = name.lastIndexOf('.');
  return dot <= 0 ? '' : name.slice(dot + 1).toLowerCase();
}

/** What a file's name says of its format. */
export function recognise(name: string): Recognised {
  if (CODE_NAMES.has(name.toLowerCase())) return { kind: 'format', format: 'code' };
  const extension = extensionOf(name);
  const format = BY_EXTENSION.get(extension);
  if (format !== undefined) return { kind: 'format', format };
  const reason = UNREAD[extension];
  if (reason !== undefined) return { kind: 'unread', reason };
  return BINARY.has(extension) ? { kind: 'binary', extension } : { kind: 'unknown' };
}

/** The format of a text whose name says nothing. */
export function sniffText(text: string): TextFormat {
  const head = text.slice(0, 4096).trimStart();
  if (/^(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)?<(?:!doctype\s+html|html)\b/isu.test(head)) return 'html';
  if (/^#!\s*\//u.test(head)) return 'code';
  if (/^[{[]/u.test(head) && /["\]}]/u.test(head)) return 'json';
  if (/^#{1,6} \S/mu.test(head)) return 'markdown';
  return 'text';
}
