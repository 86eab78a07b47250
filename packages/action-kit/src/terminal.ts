import type { Clock, Log, Progress } from '@tagflow/model';
import { createProgressLines, progressText } from './progress.ts';
import { defused, oneLine, printable } from './show-text.ts';

/** A stream for words. */
export interface TextSink {
  write(text: string): unknown;
}

export interface TerminalOptions {
  readonly clock: Pick<Clock, 'now'>;
  readonly stderr: TextSink;
  /** Whether a person watches: progress is then one line that changes. */
  readonly isTTY: boolean;
}

/** Words and progress on stderr. */
export interface Terminal {
  readonly log: Log;
  readonly progress: Progress;
  /** Writes lines below whatever progress stands there. */
  say(text: string): void;
}

const clearLine = '\r\u001b[K';

/** Returns a log and a progress that share one stderr. */
export function createTerminal({ clock, stderr, isTTY }: TerminalOptions): Terminal {
  let standing = false;
  let lastDrawn = -Infinity;
  const say = (text: string): void => {
    if (standing) stderr.write(clearLine);
    standing = false;
    stderr.write(`${defused(text)}\n`);
  };
  const lines = createProgressLines({ clock, write: say, intervalMs: 10_000 });
  return {
    say,
    log: {
      debug: (message) => say(`debug: ${message}`),
      info: (message) => say(message),
      warning: (message) => say(`warning: ${message}`),
    },
    progress: (event) => {
      const complete = event.total !== null && event.done >= event.total;
      if (!isTTY || complete) lines(event);
      else if (clock.now() - lastDrawn >= 100) {
        lastDrawn = clock.now();
        standing = true;
        // Cut, because a line that wraps cannot be taken back.
        stderr.write(clearLine + printable(oneLine(progressText(event))).slice(0, 79));
      }
    },
  };
}
