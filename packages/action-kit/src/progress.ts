import type { Clock, Progress, ProgressEvent } from '@tagflow/model';

/** Where progress is written, and how often at most. */
export interface ProgressLinesOptions {
  readonly clock: Pick<Clock, 'now'>;
  readonly write: (line: string) => void;
  /** At least so long between two lines of the same work. */
  readonly intervalMs: number;
}

/**
 * Returns a progress that writes rare plain lines: none for work that ends within the interval but its last one, so
 * that a log of CI stays readable.
 */
export function createProgressLines(options: ProgressLinesOptions): Progress {
  const lastLine = new Map<string, number>();
  return (event) => {
    const now = options.clock.now();
    const last = lastLine.get(event.what);
    if (event.total !== null && event.done >= event.total) {
      if (last === Infinity) return;
      // Work that is complete says so once, however often it repeats it.
      lastLine.set(event.what, Infinity);
      options.write(progressText(event));
    } else if (last === undefined || last === Infinity) {
      lastLine.set(event.what, now);
    } else if (now - last >= options.intervalMs) {
      lastLine.set(event.what, now);
      options.write(progressText(event));
    }
  };
}

/** Returns an event as one plain line, such as `copy containers: 3 of 24 containers`. */
export function progressText(event: ProgressEvent): string {
  const amount = event.unit === 'bytes' ? megabytes : String;
  const unit = event.unit === 'bytes' ? 'MB' : event.unit;
  const total = event.total === null ? '' : ` of ${amount(event.total)}`;
  const note = event.note === undefined ? '' : ` (${event.note})`;
  return `${event.what}: ${amount(event.done)}${total} ${unit}${note}`;
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}
