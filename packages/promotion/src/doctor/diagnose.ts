import { formatDebt } from '../followers/debt.ts';
import { diagnosePlace } from './diagnose-place.ts';
import { diagnoseSet } from './diagnose-set.ts';
import type { Finding } from './finding.ts';
import { type Found, foundOf } from './found.ts';
import { isStranger, type Repair, repairOf } from './repair.ts';
import type { LabelView, NameView } from './view.ts';

/** Returns everything that is not as it should be with a label; empty means healthy. Pure. */
export function diagnose(view: LabelView): readonly Finding[] {
  const repair = repairOf(view);
  const own = [...unreadable(view), ...interrupted(view), ...ofLabel(view), ...owed(view)];
  const all = [
    ...own.map((found) => ({ found, name: view.names.at(-1) })),
    ...view.names.toReversed().flatMap((name) => ofName(name, view).map((found) => ({ found, name }))),
  ];
  return all.map(({ found, name }) => finished(found, name, view, repair));
}

function ofName(name: NameView, view: LabelView): readonly Found[] {
  const places = name.places.flatMap((place) => diagnosePlace(place, name, view));
  return [...halfInRepository(name, view), ...diagnoseSet(name, view), ...places];
}

/** Adds who mends it, and how bad it is for readers. */
function finished(found: Found, name: NameView | undefined, view: LabelView, repair: Repair): Finding {
  const isOwn = name === undefined || name.label === view.label;
  const label = name?.label ?? view.label;
  const passes = found.severity === 'wait' || found.severity === 'note';
  if (view.isUnderWay && !passes) {
    const todo = 'A promotion is under way: ask again when it has ended.';
    return { ...found, label, severity: 'wait', remedy: 'nobody', todo };
  }
  // Readers of previous-<label> are those who go back, and they look first.
  const severity = !isOwn && found.severity === 'error' ? 'warning' : found.severity;
  const { remedy, todo } = mended(found, isOwn, repair);
  return { ...found, label, severity, remedy, todo };
}

function mended(found: Found, isOwn: boolean, repair: Repair): Pick<Finding, 'remedy' | 'todo'> {
  const { remedy, todo } = found;
  if (remedy !== undefined && todo !== undefined) return { remedy, todo };
  if ('moves' in repair) {
    const stays = !isOwn && repair.notes.length > 0;
    if (stays) return { remedy: 'promotion', todo: 'Nothing: the next promotion gives it another set.' };
    return repair.moves.length > 0
      ? { remedy: 'repair', todo: 'Apply the repair plan.' }
      : { remedy: 'person', todo: 'Look at it, and promote what the label should name.' };
  }
  const [first] = repair.obstacles;
  return { remedy: first?.remedy ?? 'person', todo: [...new Set(repair.obstacles.map(({ text }) => text))].join(' ') };
}

function unreadable(view: LabelView): readonly Found[] {
  const all = [...view.unread, ...view.names.flatMap(({ unread }) => unread)];
  const whys = new Map(all.map(({ name, why }) => [name, why]));
  return [...whys].map(([destination, why]) =>
    foundOf('unreadable', 'wait', `${destination} could not be read: ${why}`, {
      ...{ destination, seen: why, expected: 'an answer', source: 'tagflow.yaml' },
      ...{ remedy: 'nobody', todo: 'Ask again later; should it stay so, look at the server.' },
    }),
  );
}

function interrupted({ open, label, isUnderWay }: LabelView): readonly Found[] {
  return open.map(({ id, plan, outcome, journal }) => {
    const last = journal.at(-1);
    const hasFlipped = journal.some(({ step }) => step === 'flipping');
    const since = last === undefined ? '' : `, last heard of at ${new Date(last.at).toISOString()} (${last.step})`;
    const how = isUnderWay ? 'is under way' : outcome === null ? 'was never ended' : `ended as ${outcome}`;
    const so = hasFlipped ? '' : '; it moved nothing';
    const sentence = `promotion ${id} of ${label} to ${plan.toHash} ${how}${since}${so}`;
    // Hours of staging look like this, too, and whoever resumes waits for them.
    return foundOf('interrupted', hasFlipped && !isUnderWay ? 'error' : 'wait', sentence, {
      ...{ seen: last?.step ?? 'begun', expected: 'finished', source: `promotion ${id}` },
      ...(isUnderWay
        ? { remedy: 'nobody', todo: 'Ask again when it has ended.' }
        : {
            remedy: 'resume',
            todo: `${hasFlipped ? 'Run' : 'If it does not run any more:'} tagflow resume ${label}.`,
          }),
    });
  });
}

/** What the repository's label names, held against what the ledger remembers. */
function ofLabel(view: LabelView): readonly Found[] {
  const { label, last, wentBack, repository, kinds } = view;
  const hash = view.names.at(-1)?.hash ?? null;
  if (last === null || view.names.length === 0 || !isStranger(view)) return [];
  const { toHash, createdAt } = last.plan;
  const facts = {
    ...{ destination: repository, pointers: [label], seen: hash ?? 'nothing', expected: toHash },
    source: `promotion ${last.id} of ${createdAt}`,
  };
  const given = `promotion ${last.id}, the last one, gave it ${toHash}`;
  // Of a pin nothing but the repository has to agree.
  const moveOn = {
    remedy: 'promotion',
    todo: `Nothing, if it was meant: the next promotion of ${label} goes on.`,
  } as const;
  if (hash === null) {
    const todo = `Promote it anew: promote-symlink with full-hash ${toHash}, target-label ${label} and a reason.`;
    const sentence = `${label} is not in the repository any more, and ${given}`;
    return [foundOf('moved-by-somebody', 'error', sentence, { ...facts, remedy: 'promotion', todo })];
  }
  const more = kinds.length === 0 ? { ...facts, ...moveOn } : facts;
  return wentBack === true
    ? [foundOf('backwards', 'error', `${label} went back to ${hash} without a rollback: ${given}`, more)]
    : [foundOf('moved-by-somebody', 'warning', `somebody moved ${label} to ${hash}: ${given}`, more)];
}

function halfInRepository({ label, hash, unfinished }: NameView, { repository }: LabelView): readonly Found[] {
  if (unfinished.length === 0) return [];
  return [
    foundOf('half-in-repository', 'error', `the repository holds ${label} → ${hash} only in part`, {
      ...{ destination: repository, pointers: [label], seen: 'a part of it', expected: hash ?? '' },
      source: "the repository's label",
    }),
  ];
}

function owed({ debts }: LabelView): readonly Found[] {
  return debts.map((debt) => {
    const { destination, moves, hash, why } = debt;
    return foundOf(moves === null ? 'unreadable' : 'follower-owes', 'wait', `${formatDebt(debt)} (optional)`, {
      ...{ destination, pointers: (moves ?? []).map(({ pointer }) => pointer) },
      ...{ seen: why ?? 'another set', expected: hash ?? '', source: "the repository's label" },
      ...{ remedy: 'promotion', todo: 'Run promote-symlink: every run pays first.' },
    });
  });
}
