/** The proxy that the environment names, for requests to models. */

export interface ProxySettings {
  /** For addresses that begin with http://; null: none. Whole, and possibly with a user and a password: a secret. */
  readonly http: string | null;
  /** For addresses that begin with https://. */
  readonly https: string | null;
  /** Hosts that are reached without it, as NO_PROXY lists them. */
  readonly except: string;
}
