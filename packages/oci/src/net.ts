import { createApi, createTransfer, type HttpEffects } from '@tagflow/http';
import type { OciEffects } from './wire.ts';

/** Connections to registries that count what is asked over them. */
export interface Net {
  readonly effects: OciEffects;
  /** Requests so far; what was sent again counts once. */
  requests(): number;
  close(): void;
}

/** Returns a net of its own connections. */
export function openNet(effects: HttpEffects, connections: number): Net {
  const api = createApi(effects);
  const transfer = createTransfer(effects, { connections });
  let requests = 0;
  return {
    effects: {
      ...{ clock: effects.clock, log: effects.log, signal: effects.signal },
      api: {
        request(request) {
          requests += 1;
          return api.request(request);
        },
      },
      transfer: {
        ...transfer,
        open(request) {
          requests += 1;
          return transfer.open(request);
        },
      },
    },
    requests: () => requests,
    close: () => transfer.close(),
  };
}
