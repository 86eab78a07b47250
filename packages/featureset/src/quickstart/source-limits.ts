import { FeaturesetError } from '../error.ts';

/** The longest file that is read: 1 MiB. */
export const maxFileBytes = 1024 * 1024;

/** Returns the error for a file that nobody wrote by hand. */
export function tooLong(what: string): FeaturesetError {
  return new FeaturesetError('bad-source', `${what} has more than ${maxFileBytes} bytes`);
}
