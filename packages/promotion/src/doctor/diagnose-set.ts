import { lackedKinds, publishedIn } from './compare-sets.ts';
import { few, type Found, foundOf } from './found.ts';
import type { LabelView, NameView } from './view.ts';

/** What is published of the hash that a label names: nowhere, in part, or in two ways. */
export function diagnoseSet(name: NameView, view: LabelView): readonly Found[] {
  const { label, hash, set, setFrom } = name;
  if (hash === null || view.kinds.length === 0) return [];
  if (setFrom !== 'set.json' || set === null) {
    // Who could not be read may be the one that knows.
    return name.unread.length > 0 ? [] : [noSet(name, view)];
  }
  const lacked = lackedKinds(set, view.kinds);
  const missing = lacked.map((kind) =>
    foundOf('under-construction', 'error', `${label} → ${hash} is under construction: its set has no ${kind}`, {
      ...{ seen: `a set without ${kind}`, expected: view.kinds.join(' and '), source: 'set.json' },
    }),
  );
  return [...missing, ...name.places.flatMap((place) => publishedAt(place, name, view))];
}

function noSet({ label, hash, setFrom }: NameView, view: LabelView): Found {
  const isOwn = label === view.label;
  const id = setFrom !== null && setFrom !== 'set.json' ? setFrom.promotion : null;
  const says = id === null ? 'so nobody can say what belongs to it' : `and only promotion ${id} remembers what it was`;
  return foundOf('no-set', isOwn ? 'error' : 'note', `no set.json is published for ${label} → ${hash}, ${says}`, {
    ...{ seen: 'no set.json', expected: `the set of ${hash}` },
    source: id === null ? "the repository's label" : `promotion ${id}`,
    ...(isOwn
      ? {}
      : { remedy: 'nobody', todo: 'Nothing: a rollback needs another full-hash until the next promotion.' }),
  });
}

function publishedAt(place: NameView['places'][number], name: NameView, { last, kinds }: LabelView): readonly Found[] {
  const { label, hash, set } = name;
  if (hash === null || set === null || place.gone.includes(hash) || lackedKinds(set, kinds).length > 0) return [];
  const { isAbsent, lacking, different } = publishedIn(place, set);
  const facts = { destination: place.name, expected: `the whole set of ${hash}`, source: 'set.json of other places' };
  if (isAbsent) {
    const sentence = `${place.name} has no set.json of ${hash}, which ${label} names`;
    return [foundOf('under-construction', 'error', sentence, { ...facts, seen: 'no set.json' })];
  }
  const partly = `${place.name} has only a part of the set of ${hash}, which ${label} names: ${few(lacking)} missing`;
  const lacks =
    lacking.length === 0
      ? []
      : [foundOf('under-construction', 'error', partly, { ...facts, seen: `without ${few(lacking)}` })];
  if (different.length === 0) return lacks;
  // What was promoted is a witness that neither of the two wrote.
  const isWitness = last?.plan.toHash === hash && publishedIn({ own: last.plan.set }, set).different.length === 0;
  const told = isWitness ? `; promotion ${last.id} agrees with the others` : '';
  const sentence = `${place.name} and other places publish different sets of ${hash}: ${few(different)}${told}`;
  return [
    ...lacks,
    foundOf('contradicting-sets', 'error', sentence, {
      ...{ destination: place.name, seen: `another ${few(different)}`, expected: 'what the fullest set says' },
      source: isWitness ? `promotion ${last.id}` : 'set.json of other places',
      ...{ remedy: 'person', todo: `Find out which is right, remove the other one, and publish the set again.` },
    }),
  ];
}
