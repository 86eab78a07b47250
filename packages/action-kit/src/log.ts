import type { Log } from '@tagflow/model';

export type LogLevel = 'debug' | 'info' | 'warning';

const drop = (): void => undefined;

/** Returns a log that passes only what is as important as `level`, or more. */
export function atLevel(log: Log, level: LogLevel): Log {
  return {
    debug: level === 'debug' ? (message) => log.debug(message) : drop,
    info: level === 'warning' ? drop : (message) => log.info(message),
    warning: (message) => log.warning(message),
  };
}

/** Returns a log that changes every message before it passes on, as masks do. */
export function mapLog(log: Log, change: (message: string) => string): Log {
  return {
    debug: (message) => log.debug(change(message)),
    info: (message) => log.info(change(message)),
    warning: (message) => log.warning(change(message)),
  };
}
