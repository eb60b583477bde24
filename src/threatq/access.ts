/** How a client proves to ThreatQ who it is. */
export type ThreatQCredentials =
  | { grant: 'client_credentials'; clientId: string; clientSecret: string }
  | { grant: 'password'; clientId: string; email: string; password: string };

/** Where ThreatQ is, and as whom to speak to it. */
export interface ThreatQAccess {
  /** Its base URL, without `/api`. */
  host: URL;
  credentials: ThreatQCredentials;
}
