/** The credentials of an API client of ThreatQ. */
export type ThreatQCredentials =
  | { grant: 'client_credentials'; clientId: string; clientSecret: string }
  | { grant: 'password'; clientId: string; email: string; password: string };

/** The credentials of a grant, in words. */
export const CREDENTIAL_NAMES: Record<ThreatQCredentials['grant'], string> = {
  client_credentials: 'client id and client secret',
  password: 'client id, email and password',
};

/** The address of a ThreatQ instance and the credentials for it. */
export interface ThreatQAccess {
  /** The base URL, without `/api`. */
  host: URL;
  credentials: ThreatQCredentials;
}
