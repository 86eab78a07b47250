import type { IncomingHttpHeaders } from 'node:http';
import type { Contents } from './contents.ts';
import type { Route } from './route.ts';
import type { LabRegistryRules } from './rules.ts';

/** Which release of distribution is played where the two differ. */
export type Engine = 'v2' | 'v3';

/** One request on its way through the handlers. */
export interface Call {
  readonly contents: Contents;
  readonly engine: Engine;
  readonly rules: LabRegistryRules;
  /** Scheme, host and port that the client used; upload locations are absolute. */
  readonly base: string;
  readonly method: string;
  readonly url: URL;
  readonly route: Route;
  readonly headers: IncomingHttpHeaders;
  readonly body: AsyncIterable<Uint8Array>;
  /** A fault of this lab: answer 201 and leave the tag. */
  readonly losesTag: boolean;
}
