import type { Clock } from '@tagflow/model';

/** How one sending ended, as far as the pace cares. */
export interface Pace {
  /** Null where there was no answer. */
  readonly status: number | null;
  /** How long the server asked everybody to stay away. Milliseconds; null where it said nothing. */
  readonly retryAfterMs: number | null;
}

/** How many requests may be on their way to one server at a time, learned from what it answers. */
export interface Pacer {
  /**
   * Resolves when one more request may be sent to this origin, with the function that must be called when it has ended.
   * Rejects with the signal's reason.
   */
  enter(origin: string): Promise<(pace: Pace) => void>;
}

interface Server {
  /** Requests at a time. A fraction: it grows by a part of one with each good answer. */
  window: number;
  inFlight: number;
  /** Counts how often the window shrank. */
  generation: number;
  /** Milliseconds since 1970. */
  pausedUntil: number;
  readonly waiting: (() => void)[];
}

const tooMuch: readonly number[] = [429, 503];

/**
 * Returns a pacer that begins with `most` requests at a time, halves that when the server says that it is too much (429,
 * 503), and grows it again by one for each window of good answers. All requests to a server pause together for as long
 * as it asked one of them to stay away.
 */
export function createPacer(
  most: number,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): Pacer {
  const servers = new Map<string, Server>();

  const serverOf = (origin: string): Server => {
    let server = servers.get(origin);
    if (server === undefined) {
      server = { window: most, inFlight: 0, generation: 0, pausedUntil: 0, waiting: [] };
      servers.set(origin, server);
    }
    return server;
  };

  const admit = (server: Server): void => {
    while (server.inFlight < Math.floor(server.window)) {
      const next = server.waiting.shift();
      if (next === undefined) return;
      server.inFlight += 1;
      next();
    }
  };

  const learn = (server: Server, sentIn: number, pace: Pace): void => {
    if (pace.status !== null && tooMuch.includes(pace.status)) {
      // Requests that were on their way together are refused together: that is one lesson, not many.
      if (sentIn === server.generation) {
        server.window = Math.max(1, server.window / 2);
        server.generation += 1;
      }
      if (pace.retryAfterMs !== null) {
        server.pausedUntil = Math.max(server.pausedUntil, clock.now() + pace.retryAfterMs);
      }
    } else if (pace.status !== null && pace.status < 500) {
      server.window = Math.min(most, server.window + 1 / server.window);
    }
  };

  return {
    async enter(origin) {
      const server = serverOf(origin);
      signal.throwIfAborted();
      if (server.inFlight < Math.floor(server.window)) server.inFlight += 1;
      else await new Promise<void>((resolve) => server.waiting.push(resolve));
      const leave = (): void => {
        server.inFlight -= 1;
        admit(server);
      };
      try {
        for (let wait = server.pausedUntil - clock.now(); wait > 0; wait = server.pausedUntil - clock.now()) {
          await clock.sleep(wait, signal);
        }
        signal.throwIfAborted();
      } catch (error) {
        leave();
        throw error;
      }
      const sentIn = server.generation;
      return (pace) => {
        learn(server, sentIn, pace);
        leave();
      };
    },
  };
}
