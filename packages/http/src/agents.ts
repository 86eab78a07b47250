import type http from 'node:http';
import type https from 'node:https';
import { nodeClients } from './node-clients.ts';

/** The proxy settings of an environment, under their usual upper- or lower-case names. */
export type ProxyEnv = Readonly<Record<string, string | undefined>>;

export interface AgentOptions {
  /** Connections to one origin at a time. */
  readonly connections: number;
  readonly keepAlive: boolean;
  /** PEM; trusted besides the usual authorities. */
  readonly ca?: string;
  readonly proxyEnv?: ProxyEnv;
}

/** One connection pool for each protocol. */
export interface Agents {
  readonly http: http.Agent;
  readonly https: https.Agent;
  destroy(): void;
}

/** Returns the usual authorities and one more, in PEM. */
export function trustedAuthorities(ca: string): string[] {
  return [...nodeClients.tls.getCACertificates('default'), ca];
}

/** Returns new pools; nothing connects until a request uses one. */
export function createAgents(options: AgentOptions): Agents {
  const common = {
    keepAlive: options.keepAlive,
    // With a finite limit Node hands a connection on to a waiting request even without keep-alive.
    maxSockets: options.keepAlive ? options.connections : Infinity,
    ...(options.proxyEnv === undefined ? {} : { proxyEnv: { ...options.proxyEnv } }),
  };
  let plain: http.Agent | null = null;
  let secure: https.Agent | null = null;
  return {
    get http() {
      return (plain ??= new nodeClients.http.Agent(common));
    },
    get https() {
      // Node's `ca` replaces the trusted authorities; a private authority is meant to come in addition.
      const trust = options.ca === undefined ? {} : { ca: trustedAuthorities(options.ca) };
      return (secure ??= new nodeClients.https.Agent({ ...common, ...trust }));
    },
    destroy: () => {
      plain?.destroy();
      secure?.destroy();
    },
  };
}
