import type { ErrorWords } from '@tagflow/model';
import type { StoreErrorCode } from './error.ts';

/** What each code means, for the reference pages: a code without words does not compile. */
export const storeErrorWords: Readonly<Record<StoreErrorCode, ErrorWords>> = {
  'bad-url': {
    outcomes: ['invalid'],
    means: 'The text is no URL of a store.',
    todo: 'Write file:///path, sftp://user@host/path, https://host/path or http://host/path.',
  },
  'bad-path': {
    outcomes: ['invalid'],
    means: 'The text is no path inside a store.',
    todo: 'Correct it.',
  },
  'not-found': {
    outcomes: ['failed'],
    means: 'The file or folder is not there.',
    todo: 'Check path and release.',
  },
  exists: {
    outcomes: ['failed'],
    means: 'Something is there already, and is not overwritten.',
    todo: 'Look at it; name another place, or have it removed.',
  },
  'wrong-kind': {
    outcomes: ['failed'],
    means: 'A folder is where a file was meant, or the other way round.',
    todo: 'Look at the path that the message names.',
  },
  'not-supported': {
    outcomes: ['failed'],
    means: 'This kind of store cannot do it: HTTP cannot be written to.',
    todo: 'Give an sftp:// or file:// URL.',
  },
  denied: {
    outcomes: ['invalid', 'failed'],
    means: 'Not with these credentials, or outside the folder of the store.',
    todo: 'Check ssh-key and the rights on the server.',
  },
  'host-key': {
    outcomes: ['invalid'],
    means: 'The server may not be the one that is meant: its key is unknown, or another one.',
    todo: 'Compare the fingerprint with what its owner says, then add the line to known-hosts.',
  },
  unreachable: {
    outcomes: ['waiting'],
    means: 'The server does not answer, or the connection broke.',
    todo: 'Run the same when it is there: what has arrived is kept.',
  },
  changed: {
    outcomes: ['waiting', 'failed'],
    means: 'The file became another one while it was read.',
    todo: 'Run the same again.',
  },
  incomplete: {
    outcomes: ['failed'],
    means: 'The source gave fewer or more bytes than it said.',
    todo: 'Run the same again.',
  },
  full: {
    outcomes: ['failed'],
    means: 'There is no room left.',
    todo: 'Make room, then run the same again: what is there is kept.',
  },
  failed: {
    outcomes: ['failed'],
    means: 'Anything else that the other side says.',
    todo: 'Read its words in the message.',
  },
};
