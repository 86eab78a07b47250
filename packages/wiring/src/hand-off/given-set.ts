import { type ArtifactSet, isSameImage } from '@tagflow/model';
import { HandOffError } from './error.ts';
import type { ReadablePlaces } from './readable-places.ts';

/**
 * Refuses a set that was given where the places of the phase say another one: what is handed off is what was promoted.
 * Of what none of the places may hold they say nothing.
 * @param given what may be delivered of it
 * @param published likewise
 * @throws HandOffError `bad-request`, which names what differs
 */
export function refuseOtherSet(
  given: ArtifactSet,
  published: ArtifactSet,
  { haveContainers, mayHold }: Pick<ReadablePlaces, 'haveContainers' | 'mayHold'>,
): void {
  const differences = [
    ...compare('container', given.containers, published.containers, {
      isKnown: () => haveContainers || published.containers.length > 0,
      isSame: (one, other) => one.digest === other.digest,
      say: ({ digest }) => digest,
    }),
    ...compare('image', given.images, published.images, {
      isKnown: mayHold,
      isSame: isSameImage,
      say: ({ sha256, md5, size, visibility }) => `sha256:${sha256}, md5:${md5 ?? '-'}, ${size} bytes, ${visibility}`,
    }),
  ];
  if (differences.length === 0) return;
  const more = differences.length - shown;
  const told = [...differences.slice(0, shown), ...(more > 0 ? [`and ${more} more`] : [])].join('; ');
  throw new HandOffError(
    'bad-request',
    `input "set": it is not the set of ${given.fullHash} that is published: ${told}`,
    { next: 'Leave the input set out: what is published is delivered then.' },
  );
}

/** The whole of RDO has 150 containers. */
const shown = 10;

interface Comparison<Entry> {
  /** Whether the places know of such an entry whether it belongs to the set. */
  readonly isKnown: (entry: Entry) => boolean;
  readonly isSame: (one: Entry, other: Entry) => boolean;
  readonly say: (entry: Entry) => string;
}

function compare<Entry extends { readonly name: string }>(
  kind: string,
  given: readonly Entry[],
  published: readonly Entry[],
  { isKnown, isSame, say }: Comparison<Entry>,
): readonly string[] {
  const names = new Set([...given, ...published].map(({ name }) => name));
  return [...names].sort().flatMap((name) => {
    const [one, other] = [given, published].map((list) => list.find((entry) => entry.name === name));
    if (one === undefined) return [`${kind} ${name} is missing in it`];
    if (other === undefined) return isKnown(one) ? [`${kind} ${name} is not published`] : [];
    return isSame(one, other) ? [] : [`${kind} ${name} is ${say(one)}, and the published one ${say(other)}`];
  });
}
