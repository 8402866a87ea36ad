/** How settings write hosts and the origins of web pages. */

/** A host, perhaps with a port. Whatever else is written for one (a URL, a wildcard, a network) would match nothing in silence. */
export const HOST =
  '^\\s*(?:\\[[0-9A-Fa-f:.]+\\](?::\\d{1,5})?|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*:[0-9A-Fa-f.]*|[^\\s/*@?#%\\\\:.[\\]][^\\s/*@?#%\\\\:[\\]]*(?::\\d{1,5})?)\\s*$';

/** Scheme, host and perhaps a port, as browsers send it: no path, no wildcard. */
export const ORIGIN =
  '^\\s*https?://(?:\\[[0-9A-Fa-f:.]+\\]|[^\\s/*@?#%\\\\:.[\\]][^\\s/*@?#%\\\\:[\\]]*)(?::\\d{1,5})?\\s*$';

/** One address to listen at: a name or an address, without a port. */
export const BOUND =
  '^\\s*(?:[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*:[0-9A-Fa-f.]*|[^\\s/*@?#%\\\\:.[\\]][^\\s/*@?#%\\\\:[\\]]*)\\s*$';
