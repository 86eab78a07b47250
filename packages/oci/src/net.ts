import { createPacer, createTransfer, type HttpEffects } from '@tagflow/http';
import type { OciEffects } from './wire.ts';

/** Connections to registries that count what is asked over them. */
export interface Net {
  readonly effects: OciEffects;
  /** Requests so far; what was sent again counts once. */
  requests(): number;
  close(): void;
}

export interface NetOptions {
  /** Connections to one registry at a time. */
  readonly connections: number;
  /** PEM of an authority that is trusted besides the usual ones. */
  readonly ca?: string | undefined;
}

/** Returns a net of its own connections, which keeps to the pace that each registry allows. */
export function openNet(effects: HttpEffects, { connections, ca }: NetOptions): Net {
  // HEAD requests go over connections of their own.
  const pacer = createPacer(connections * 2, effects);
  const transfer = createTransfer(effects, { connections, pacer, ...(ca === undefined ? {} : { ca }) });
  let requests = 0;
  return {
    effects: {
      ...{ clock: effects.clock, log: effects.log, signal: effects.signal },
      api: {
        request(request) {
          requests += 1;
          return transfer.request(request);
        },
      },
      transfer: {
        open(request) {
          requests += 1;
          return transfer.open(request);
        },
        receive(request, sink) {
          requests += 1;
          return transfer.receive(request, sink);
        },
      },
    },
    requests: () => requests,
    close: () => transfer.close(),
  };
}
