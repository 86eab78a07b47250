import type { ErrorWords } from '@tagflow/model';
import type { ImagesErrorCode } from './error.ts';

/** What each code means, for the reference pages: a code without words does not compile. */
export const imagesErrorWords: Readonly<Record<ImagesErrorCode, ErrorWords>> = {
  'bad-layout': {
    outcomes: ['invalid', 'failed'],
    means: 'A template of path or link cannot say where a hash or a label is.',
    todo: 'Correct path and link of the store in tagflow.yaml.',
  },
  'bad-name': {
    outcomes: ['invalid'],
    means: 'The name cannot be that of an image.',
    todo: 'Rename the file.',
  },
  'no-images': {
    outcomes: ['invalid', 'failed'],
    means: 'There is nothing to work on.',
    todo: 'Name the files, or look at the job that should have made them.',
  },
  'no-source': {
    outcomes: ['failed'],
    means: 'An image of the set is nowhere to be copied from.',
    todo: 'Give a source that has it, or publish it there first.',
  },
  'no-checksum': {
    outcomes: ['failed'],
    means: 'An image has no checksum beside it, and no set says one.',
    todo: 'Have its publisher put a .sha256 or .md5 there.',
  },
  'not-published': {
    outcomes: ['failed'],
    means: 'The store has no set of the hash.',
    todo: 'Publish it there first: sync-images --mode publish.',
  },
  'unreadable-set': {
    outcomes: ['failed'],
    means: 'What stands there as set.json is none.',
    todo: 'Look at the address; publish the set again.',
  },
  'unreadable-index': {
    outcomes: ['failed'],
    means: 'What stands there as a chunk index is none.',
    todo: 'Remove it; publishing again makes it anew.',
  },
  'checksum-mismatch': {
    outcomes: ['failed'],
    means: 'Bytes are not what was promised.',
    todo: 'Run the same again; if it stays so, have the file built or published again.',
  },
  'published-differently': {
    outcomes: ['failed'],
    means: 'The hash is there with other contents, and they are never overwritten.',
    todo: 'Find out which build is the right one; the other needs a new hash.',
  },
  'internal-to-public': {
    outcomes: ['invalid'],
    means: 'What insiders alone may see was about to go to a public store.',
    todo: 'Give a store with visibility: internal.',
  },
  'moved-meanwhile': {
    outcomes: ['failed'],
    means: 'A link is neither where the plan saw it nor where it should go.',
    todo: 'Make a new plan; tagflow doctor LABEL if nobody should have moved it.',
  },
  'cannot-switch': {
    outcomes: ['failed'],
    means: 'A folder or file stands where a link has to be.',
    todo: 'Turn it into a link, once, by hand.',
  },
  'unclear-links': {
    outcomes: ['failed'],
    means: 'Nobody can tell what the links of a store keep, so nothing is removed.',
    todo: 'Check path, link and release; mend the link that the message names.',
  },
  'not-taken': {
    outcomes: ['failed', 'half-done'],
    means: 'A write was accepted and reads back otherwise.',
    todo: 'Run the same again; after half-done: tagflow resume LABEL.',
  },
  'bad-archive': {
    outcomes: ['failed'],
    means: 'What came as an archive of images is none, or holds what nobody should unpack.',
    todo: 'Fetch it again, then look at the job that packed it.',
  },
  'bad-build': {
    outcomes: ['failed'],
    means: 'What a builder left is not what it had to leave.',
    todo: 'Look at its log.',
  },
  'disk-full': {
    outcomes: ['failed'],
    means: 'A disk of this machine has not enough room.',
    todo: 'Free room, or name a folder on another disk.',
  },
};
