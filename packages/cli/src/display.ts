import type { Clock } from '@tagflow/model';
import type { Listener, RunEvent } from './events.ts';
import { markOf, noColours, type Paint, renderView, seconds } from './render.ts';
import { applyEvent, type RunView } from './view.ts';

/** The part of a terminal that a display writes to. */
export interface Screen {
  write(text: string): unknown;
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
}

export interface Display {
  readonly listen: Listener;
  /** Draws the last state and gives the terminal back. */
  close(): void;
}

/**
 * Returns a display that redraws itself in place. Every warning is printed above it, so that nothing is lost.
 * @param tick starts a repeated call and returns its stop
 */
export function createLiveDisplay(
  screen: Screen,
  clock: Clock,
  paint: Paint,
  tick: (draw: () => void) => () => void,
): Display {
  let view: RunView = [];
  let drawn = 0;
  const erase = (): string => (drawn === 0 ? '' : `\u001b[${drawn}A\u001b[J`);
  const draw = (above = ''): void => {
    const lines = renderView(view, clock.now(), screen.columns ?? 80, paint);
    // A display taller than the window cannot be erased by moving up: show its end.
    const shown = lines.slice(-Math.max(1, (screen.rows ?? 24) - 1));
    screen.write(`${erase()}${above}${shown.map((line) => `${line}\n`).join('')}`);
    drawn = shown.length;
  };
  const stop = tick(() => draw());
  return {
    listen(event) {
      view = applyEvent(view, event);
      if (event.type === 'said' && event.level === 'warning') draw(`${paint('yellow', 'warning')} ${event.message}\n`);
    },
    close() {
      stop();
      draw();
    },
  };
}

/** Returns a display of one plain line for each thing that ended, for logs and pipes. */
export function createPlainDisplay(screen: Screen): Display {
  const begun = new Map<string, number>();
  const line = (event: RunEvent): string | null => {
    switch (event.type) {
      case 'phase-begun':
        begun.set(event.phase, event.at);
        return `${event.phase}: ${event.route}`;
      case 'phase-ended':
        return `${event.phase}: ${event.outcome} in ${seconds(event.at - (begun.get(event.phase) ?? event.at))}. ${event.message}`;
      case 'job-ended': {
        const name = event.place.leg === null ? event.place.job : `${event.place.job} ${event.place.leg}`;
        const mark = event.outcome === null ? '-' : markOf(event.outcome, noColours);
        return `  ${mark} ${event.place.phase}/${name}: ${event.outcome ?? 'skipped'}. ${event.message}`;
      }
      case 'said':
        return event.level === 'warning'
          ? `  warning: ${event.place.phase}/${event.place.job}: ${event.message}`
          : null;
      case 'job-begun':
      case 'progress':
        return null;
    }
  };
  return {
    listen(event) {
      const text = line(event);
      if (text !== null) screen.write(`${text}\n`);
    },
    close() {
      // Every line is written already.
    },
  };
}
