import {
  at,
  begin,
  carryOut,
  current,
  type Ended,
  forget,
  type Hash,
  intend,
  isBackwards,
  isCarriedOut,
  isElsewhere,
  isForbidden,
  type Model,
  namedBefore,
  newer,
  nextVersion,
  reconcile,
  repository,
  takeBack,
  type Try,
  verdict,
} from './label.ts';

interface Promote {
  readonly what: 'promote' | 'plan';
  readonly hash: Hash | null;
  readonly byHand: boolean;
}

/** What may be asked of us. `hash` null: whatever is new, or of a rollback what the label named before. */
export type Asked =
  | Promote
  | { readonly what: 'pin'; readonly hash: Hash }
  | { readonly what: 'rollback'; readonly hash: Hash | null }
  | { readonly what: 'apply'; readonly byHand: boolean }
  | { readonly what: 'resume'; readonly byHand: boolean };

const refused = { no: 'blocked', waiting: 'waiting' } as const;

/** Returns how a request ends, and makes it happen in the model. */
export function answer(model: Model, asked: Asked): Ended {
  if (asked.what === 'pin') return pinned(model, asked.hash);
  if (asked.what === 'rollback') {
    endInterrupted(model, true);
    return asked.hash === null ? rolledBackOnce(model) : rolledBack(model, asked.hash);
  }
  if (asked.what === 'plan') return planned(model, asked);
  if (asked.what === 'resume') return resumed(model, asked.byHand);
  endInterrupted(model, asked.byHand);
  return asked.what === 'promote' ? promoted(model, asked) : applied(model, asked.byHand);
}

/** The hash that a request is about; or how it ends without one. */
function chosen(model: Model, { hash, byHand }: Promote): { readonly hash: Hash } | Ended {
  if (hash !== null) {
    if (hash !== current(model) && isForbidden(model, hash, byHand)) return 'blocked';
    const says = verdict(model, hash, byHand);
    return says === 'yes' ? { hash } : hash === current(model) ? 'nothing-to-do' : refused[says];
  }
  if (model.candidate.length === 0) return 'invalid';
  const ahead = newer(model).filter((one) => !isBackwards(model, one));
  const open = ahead.filter((one) => !isForbidden(model, one, byHand));
  const best = open.find((one) => verdict(model, one, byHand) === 'yes');
  if (best !== undefined) return { hash: best };
  const [newest] = open;
  // There is something newer, and only a person takes the label there.
  if (newest === undefined) return ahead.length > 0 ? 'blocked' : 'nothing-to-do';
  return refused[verdict(model, newest, byHand) as 'no' | 'waiting'];
}

function promoted(model: Model, asked: Promote): Ended {
  const found = chosen(model, asked);
  if (typeof found === 'string') {
    // The label names it, and that is looked after whatever the votes of today say.
    const isCurrent = asked.hash !== null && asked.hash === current(model);
    return isCurrent && reconcile(model) ? 'done' : found;
  }
  const intent = intend(model, 'promote', found.hash, asked.byHand);
  if (intent === null) return 'nothing-to-do';
  carryOut(model, begin(model, intent));
  return 'done';
}

/** A dry run: it writes nothing, and what was interrupted comes first. */
function planned(model: Model, asked: Promote): Ended {
  if (model.interrupted !== null) return 'half-done';
  const found = chosen(model, asked);
  if (typeof found === 'string') {
    const isCurrent = asked.hash !== null && asked.hash === current(model);
    const isDrifted = isCurrent && reconcile({ ...model, pointers: new Map(model.pointers), label: [...model.label] });
    return isDrifted ? 'planned' : found;
  }
  const intent = intend(model, 'promote', found.hash, asked.byHand);
  if (intent === null) return 'nothing-to-do';
  model.plan = intent;
  return 'planned';
}

/** What was built, to the candidate label: never to what is older than what it names, or than what it named first. */
function pinned(model: Model, hash: Hash): Ended {
  const now = model.candidate.at(-1)?.hash;
  if (now === hash) return 'nothing-to-do';
  const first = (one: Hash): number => model.candidate.findIndex((naming) => naming.hash === one);
  const builtAt = (one: Hash): number => model.builtAt[one] as number;
  const isOlder = (than: Hash): boolean =>
    first(hash) < 0 ? builtAt(hash) < builtAt(than) : first(hash) < first(than);
  if (now !== undefined && isOlder(now)) return 'blocked';
  model.begun += 1;
  model.candidate.push({ hash, at: model.now });
  return 'done';
}

function applied(model: Model, byHand: boolean): Ended {
  const { plan } = model;
  if (plan === null) throw new Error('there is no plan');
  if (isCarriedOut(model, plan)) return 'nothing-to-do';
  // Its version is that of the next move of the label as it was: somebody moved it since.
  if (plan.version <= model.version) return 'failed';
  if (plan.to !== current(model) && isForbidden(model, plan.to, byHand)) return 'blocked';
  // Who applies it by hand says why, as who made it so did.
  const version = nextVersion(model);
  const begun = begin(model, { ...plan, version, byHand: byHand || plan.byHand });
  const says = verdict(model, plan.to, begun.byHand);
  if (says !== 'yes') return refused[says];
  if (isElsewhere(model, plan)) return 'failed';
  carryOut(model, begun);
  return 'done';
}

/** To what the label named before, and once: where it is back already it stays, and all kinds with it. */
function rolledBackOnce(model: Model): Ended {
  const now = current(model);
  if (now === null) return 'invalid';
  if (isBack(model, now)) return reconcile(model) ? 'done' : 'nothing-to-do';
  const to = namedBefore(model, now, null) ?? at(model, repository('previous'));
  return to === null || to === now ? 'invalid' : rolledBack(model, to);
}

/** Whether the last that moved the label was a rollback: by the ledger; and where it does not know, by DLRN. */
function isBack(model: Model, now: Hash): boolean {
  // What brought single pointers back has not moved it.
  const isMove = ({ mode, from, to }: Try): boolean => mode === 'rollback' || from !== to;
  const last = model.tries.findLast((one) => one.isDone && isMove(one));
  if (last?.to === now) return last.mode === 'rollback';
  const before = model.label.findLast(({ hash }) => hash !== now)?.hash;
  const first = (one: Hash): number => model.label.findIndex(({ hash }) => hash === one);
  return before !== undefined && first(now) < first(before);
}

function rolledBack(model: Model, to: Hash): Ended {
  if (!model.label.some(({ hash }) => hash === to)) return 'invalid';
  const intent = intend(model, 'rollback', to, true);
  if (intent === null) return 'nothing-to-do';
  carryOut(model, begin(model, intent));
  return 'done';
}

function resumed(model: Model, byHand: boolean): Ended {
  const hasEnded = endInterrupted(model, byHand);
  const isMended = reconcile(model);
  return hasEnded || isMended ? 'done' : 'nothing-to-do';
}

/**
 * The commit point decides: the repository names the new hash, and all kinds go there; it names the old one, and they go
 * there too where nothing speaks against it, and back otherwise; somebody else gave it a third one, and they follow. A
 * rollback that was on its way back goes there: it may have been told as failed.
 */
function endInterrupted(model: Model, byHand: boolean): boolean {
  const begun = model.interrupted;
  if (begun === null) return false;
  model.interrupted = null;
  const commit = at(model, repository('label'));
  if (commit === begun.to) carryOut(model, begun);
  else if (commit !== begun.from) forget(model, begun);
  else {
    const isWanted = begun.mode === 'rollback' || verdict(model, begun.to, byHand || begun.byHand) === 'yes';
    const isOver = begun.mode === 'rollback' && begun.isUndoing;
    if (isWanted && !isOver && !isElsewhere(model, begun)) carryOut(model, begun);
    else takeBack(model, begun);
  }
  reconcile(model);
  return true;
}

/** Whether the label has moved backwards, though nobody rolled it back; for what was asked that moved it. */
export function hasGoneBack(before: Model, after: Model): boolean {
  const [from, to] = [current(before), current(after)];
  return from !== null && to !== null && to !== from && isBackwards(before, to);
}
